package letters

import (
	"embed"
	"fmt"
	"strings"
	"text/template"

	"github.com/vouchsafe/vouchsafe/internal/words"
)

//go:embed sms/*.txt
var messageFiles embed.FS

// messages are the text messages by language. Their letters are those of GSM 03.38's
// basic alphabet: one beyond it halves what a message may hold, and doubles its price.
var messages = mustMessages()

func mustMessages() map[string]*template.Template {
	out := map[string]*template.Template{}
	for _, l := range words.Languages() {
		out[l.Tag] = template.Must(template.New("").Funcs(template.FuncMap{"need": need}).ParseFS(messageFiles, "sms/"+l.Tag+".txt"))
	}
	return out
}

// TextFacts is what a text message may say.
type TextFacts struct {
	// Language is the one in which it is written, BCP 47; English when it is empty or
	// one that we do not have.
	Language string
	Program  string   // title
	Number   int      // of the letter that it goes with; it tells a message from the others
	Link     string   // to the status page, without a token: a phone is looked at over shoulders
	Contacts []string // how to reach a person, a sentence each without its full stop
}

// Text writes a text message: that there is news of the program, and where. It says
// nothing that a person who looks over a shoulder should not read.
func Text(f TextFacts) (string, error) { return message("news", f) }

// TextHelp answers HELP, and whatever else is no word that counts.
func TextHelp(f TextFacts) (string, error) { return message("help", f) }

// TextStart answers START: only a new consent turns messages on again.
func TextStart(f TextFacts) (string, error) { return message("start", f) }

// TextStopped confirms, once, a word that Twilio has not confirmed itself: 47 CFR
// 64.1200(a)(12).
func TextStopped(f TextFacts) (string, error) { return message("stopped", f) }

func message(name string, f TextFacts) (string, error) {
	var b strings.Builder
	if err := messages[words.Or(f.Language)].ExecuteTemplate(&b, name, f); err != nil {
		return "", fmt.Errorf("letters: write the text message %q: %w", name, err)
	}
	return b.String(), nil
}
