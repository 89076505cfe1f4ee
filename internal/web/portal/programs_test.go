package portal

import (
	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/program"
	"github.com/vouchsafe/vouchsafe/internal/vault"
	"github.com/vouchsafe/vouchsafe/internal/web"
)

// What the house wires in must fit.
var (
	_ Programs        = (*program.Set)(nil)
	_ web.Sealer      = (*vault.Vault)(nil)
	_ identity.Sealer = (*vault.Vault)(nil)
)

func testPrograms() []program.Program {
	option := func(id, text string) program.Option { return program.Option{ID: id, Text: text} }
	support := program.Program{ID: "support", Version: "1", Title: "Support line", MinimumAge: 18,
		Controller: program.Controller{Name: "Example Client Inc.", Contact: "people@example.com"}}
	support.Certification.Quiz = program.Quiz{Title: "Quiz", Attempts: 2, PassMark: 2, Questions: []program.Question{
		{ID: "privacy", Text: "May you keep a caller's data?", Options: []program.Option{option("a", "Yes"), option("b", "No, never")}, Answer: "b"},
		{ID: "voice", Text: "How do you answer?", Options: []program.Option{option("a", "Politely"), option("b", "Not at all")}, Answer: "a"},
	}}
	support.Certification.Agreement = program.Agreement{Title: "Contractor agreement", Version: "2026-11-01", Text: "You work as an independent contractor.\n\nEither of us may end this."}
	sales := support
	sales.ID, sales.Title, sales.MinimumAge = "sales", "Sales line", 21
	return []program.Program{support, sales, worksProgram()}
}

// worksProgram asks for one of each kind.
func worksProgram() program.Program {
	option := func(id, text string) program.Option { return program.Option{ID: id, Text: text} }
	p := program.Program{ID: "works", Version: "1", Title: "Works line", MinimumAge: 18, Controller: program.Controller{Name: "Example Client Inc.", Contact: "people@example.com"}}
	p.Certification.Requirements = []program.Requirement{
		{ID: "rules", Kind: program.KindCourse, Title: "How we treat callers", Attempts: 2, RetryHours: 24, Course: &program.Course{
			Pages: []program.CoursePage{{ID: "first", Title: "Listen", Text: "Let them speak.\n\n- Wait\n- Ask\n  again"}, {ID: "second", Title: "Cards", Text: "Never write down a card number."}},
			Quiz: &program.Quiz{Title: "Quiz on callers", PassMark: 2, Questions: []program.Question{
				{ID: "privacy", Text: "May you keep a caller's data?", Options: []program.Option{option("a", "Yes"), option("b", "No, never")}, Answer: "b", Topic: "Callers' data"},
				{ID: "voice", Text: "How do you answer?", Options: []program.Option{option("a", "Politely"), option("b", "Not at all")}, Answer: "a"}}}}},
		{ID: "typing", Kind: program.KindTyping, Title: "Typing", After: []string{}, Attempts: 2, Typing: &program.Typing{MinWPM: 20, MinAccuracy: 90,
			Passages: []program.Passage{{ID: "one", Text: "Thank you for calling. How can I help you today?"}, {ID: "two", Text: "Please hold the line while I look it up."}, {ID: "three", Text: "Is there anything else that I can do for you?"}}}},
		{ID: "calls", Kind: program.KindListening, Title: "Listening", After: []string{}, Attempts: 2, Listening: &program.Listening{PassMark: 1, Clips: []program.Clip{
			{ID: "order", Audio: "call-order.en", Transcript: "…", Fields: []program.ClipField{{ID: "number", Label: "Which order number?", Answers: []string{"60318"}}, {ID: "price", Label: "How much was paid?", Answers: []string{"54.20"}}}}}}},
		{ID: "line", Kind: program.KindEquipment, Title: "Line and microphone", After: []string{}, Attempts: 2, Equipment: &program.Equipment{MinDownMbps: 10, MinUpMbps: 2, MaxLatencyMS: 150, Microphone: true,
			Declare: []program.Declaration{{ID: "speed", Text: "My line has 10 megabits a second or more."}, {ID: "headset", Text: "I have a headset with a microphone."}}}},
		{ID: "contract", Kind: program.KindAgreement, Title: "Your contract", Agreement: &program.Agreement{Title: "Contractor agreement", Version: "2026-11-01", Text: "You work as an independent contractor."}},
		{ID: "w9", Kind: program.KindTax, Title: "Tax details", After: []string{}, Tax: &program.Tax{Form: "w9"}},
		{ID: "talk", Kind: program.KindLive, Title: "Conversation", After: []string{}, Attempts: 2, Live: &program.Live{Minutes: 20, Weekdays: []string{"tue", "thu"}, Hours: []string{"09:00", "10:00"},
			TimeZone: "America/New_York", HorizonDays: 14, Seats: 1, PassMark: 3, Rubric: []program.Rubric{{ID: "voice", Text: "Voice", Max: 5}}, How: "We call you on the phone."}},
	}
	return p
}

func testSet(f *fake) Programs { return fixedPrograms(f.programs) }

type fixedPrograms []program.Program

func (p fixedPrograms) All() []program.Program { return p }
