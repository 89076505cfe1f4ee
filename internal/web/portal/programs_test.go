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
	return []program.Program{support, sales}
}

func testSet(f *fake) Programs { return fixedPrograms(f.programs) }

type fixedPrograms []program.Program

func (p fixedPrograms) All() []program.Program { return p }
