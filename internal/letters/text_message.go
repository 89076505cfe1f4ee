package letters

import "strconv"

// Text writes a text message: that there is news of the program, and where. It says
// nothing that a person who looks over a shoulder should not read, and its number
// tells it from the others.
func Text(program, link string, number int) string {
	return program + ": there is news of your application (no. " + strconv.Itoa(number) + "). Read it here: " + link + " Reply HELP for help, STOP to stop."
}

// The answers to what people write back.
func TextHelp(link, contact string) string {
	return "These messages tell you that there is news of your application: one for each change. Where it stands: " + link + " " + contact + " Msg and data rates may apply. Reply STOP to stop."
}

// TextStart answers START: only a new consent turns messages on again.
func TextStart(link string) string {
	return "No messages are sent yet. If you want them again, ask for them on your status page: " + link
}
