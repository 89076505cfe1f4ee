package program

import (
	"fmt"
	"slices"
	"strings"
)

// Texts says what a certification shows, and how to reach the controller, in other languages: by language (BCP 47),
// then by the English text. A text of several paragraphs is said paragraph by
// paragraph. What is scored against the English (passages to type; a recording has its own other
// languages, Clip.In) and
// what others read (the rubric, the credential) stays as it is.
type Texts map[string]map[string]string

// In gives the program with what it shows applicants in a language. What has no
// words there stays English; an agreement is never half of each.
func (p Program) In(language string) Program {
	say, ok := p.Texts[language]
	if !ok {
		return p
	}
	c := p.Certification
	c.Quiz, c.Agreement = c.Quiz.in(say), c.Agreement.in(say)
	c.Requirements = slices.Clone(c.Requirements)
	for i, r := range c.Requirements {
		c.Requirements[i] = r.in(say)
	}
	p.Certification = c
	p.Controller.Contact = one(say, p.Controller.Contact)
	return p
}

// Signable gives the agreement of a requirement whose text has that hash, in
// whichever language it is.
func (p Program) Signable(requirement, sha256 string) (Agreement, bool) {
	r, ok := p.Certification.Step(requirement)
	if !ok || r.Agreement == nil {
		return Agreement{}, false
	}
	if r.Agreement.SHA256() == sha256 {
		return *r.Agreement, true
	}
	languages := make([]string, 0, len(p.Texts))
	//workflowcheck:ignore it is sorted
	for l := range p.Texts {
		languages = append(languages, l)
	}
	slices.Sort(languages)
	for _, l := range languages {
		if a := r.Agreement.in(p.Texts[l]); a.SHA256() == sha256 {
			return a, true
		}
	}
	return Agreement{}, false
}

// Say gives a text of the certification in a language, as In does.
func (p Program) Say(language, text string) string { return one(p.Texts[language], text) }

func (r Requirement) in(say map[string]string) Requirement {
	r.Title = one(say, r.Title)
	if r.Course != nil {
		course := *r.Course
		course.Pages = slices.Clone(course.Pages)
		for i, page := range course.Pages {
			course.Pages[i].Title, course.Pages[i].Text = one(say, page.Title), paragraphs(say, page.Text)
		}
		if course.Quiz != nil {
			quiz := course.Quiz.in(say)
			course.Quiz = &quiz
		}
		r.Course = &course
	}
	if r.Quiz != nil {
		quiz := r.Quiz.in(say)
		r.Quiz = &quiz
	}
	if r.Agreement != nil {
		agreement := r.Agreement.in(say)
		r.Agreement = &agreement
	}
	if r.Listening != nil {
		listening := *r.Listening
		listening.Because = one(say, listening.Because)
		listening.Clips = slices.Clone(listening.Clips)
		for i, clip := range listening.Clips {
			listening.Clips[i].Fields = slices.Clone(clip.Fields)
			for k, f := range clip.Fields {
				listening.Clips[i].Fields[k].Label = one(say, f.Label)
			}
		}
		r.Listening = &listening
	}
	if r.Equipment != nil {
		equipment := *r.Equipment
		equipment.Declare = slices.Clone(equipment.Declare)
		for i, d := range equipment.Declare {
			equipment.Declare[i].Text = one(say, d.Text)
		}
		r.Equipment = &equipment
	}
	if r.Live != nil {
		live := *r.Live
		live.How = paragraphs(say, live.How)
		r.Live = &live
	}
	return r
}

func (q Quiz) in(say map[string]string) Quiz {
	q.Title = one(say, q.Title)
	q.Questions = slices.Clone(q.Questions)
	for i, question := range q.Questions {
		q.Questions[i].Text = one(say, question.Text)
		q.Questions[i].Options = slices.Clone(question.Options)
		for k, o := range question.Options {
			q.Questions[i].Options[k].Text = one(say, o.Text)
		}
	}
	return q
}

func (a Agreement) in(say map[string]string) Agreement {
	for _, paragraph := range split(a.Text) {
		if say[paragraph] == "" {
			return a
		}
	}
	a.Title, a.Text = one(say, a.Title), paragraphs(say, a.Text)
	return a
}

func one(say map[string]string, text string) string {
	if said := say[strings.TrimSpace(text)]; said != "" {
		return said
	}
	return text
}

func split(text string) []string { return strings.Split(strings.TrimSpace(text), "\n\n") }

func paragraphs(say map[string]string, text string) string {
	parts := split(text)
	for i, p := range parts {
		parts[i] = one(say, p)
	}
	return strings.Join(parts, "\n\n")
}

// shown lists every text that In says in other words.
func (p Program) shown() []string {
	out := []string{p.Controller.Contact}
	for _, r := range append([]Requirement{{Quiz: &p.Certification.Quiz, Agreement: &p.Certification.Agreement}}, p.Certification.Requirements...) {
		out = append(out, r.texts()...)
	}
	return slices.DeleteFunc(out, func(s string) bool { return s == "" })
}

func (r Requirement) texts() []string {
	out := []string{r.Title}
	quizzes := []*Quiz{r.Quiz}
	if r.Course != nil {
		for _, page := range r.Course.Pages {
			out = append(append(out, page.Title), split(page.Text)...)
		}
		quizzes = append(quizzes, r.Course.Quiz)
	}
	for _, q := range quizzes {
		if q == nil {
			continue
		}
		out = append(out, q.Title)
		for _, question := range q.Questions {
			out = append(out, question.Text, question.Topic)
			for _, o := range question.Options {
				out = append(out, o.Text)
			}
		}
	}
	if r.Agreement != nil {
		out = append(append(out, r.Agreement.Title), split(r.Agreement.Text)...)
	}
	if r.Listening != nil {
		out = append(out, r.Listening.Because)
		for _, clip := range r.Listening.Clips {
			for _, f := range clip.Fields {
				out = append(out, f.Label)
			}
		}
	}
	if r.Equipment != nil {
		for _, d := range r.Equipment.Declare {
			out = append(out, d.Text)
		}
	}
	if r.Live != nil {
		out = append(out, split(r.Live.How)...)
	}
	return out
}

// Lacking lists what the program shows to applicants and has no words for in a
// language that its texts name; whoever writes a program file is told.
func (p Program) Lacking(language string) []string {
	var out []string
	for _, s := range p.shown() {
		if s = strings.TrimSpace(s); p.Texts[language][s] == "" && !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

// idle lists texts that say nothing of what the program shows: a slip of the keys.
func (p Program) idle() []string {
	var out []string
	have := p.shown()
	for language, say := range p.Texts {
		for english := range say {
			if !slices.ContainsFunc(have, func(s string) bool { return strings.TrimSpace(s) == english }) {
				out = append(out, fmt.Sprintf("texts: %s: nothing that applicants are shown says %q", language, english))
			}
		}
	}
	slices.Sort(out)
	return out
}
