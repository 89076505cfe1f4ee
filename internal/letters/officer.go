package letters

import (
	"errors"
	"strings"
	"text/template"
	"time"
)

// OfficerFacts is what a letter to a privacy officer may say. None of it is personal data.
type OfficerFacts struct {
	News    string // "reminder", "overdue", "extended" or OfficerComplaint
	Request string // its number, or the complaint's
	Board   string // its address on the board
	Due     time.Time
}

// OfficerComplaint is the news that a complaint is overdue.
const OfficerComplaint = "complaint"

// officer is in English, as the console is that it leads to.
var officer = template.Must(template.New("officer").Funcs(template.FuncMap{"need": need, "day": func(t time.Time) string { return t.UTC().Format("January 2, 2006") }}).Parse(
	`{{if eq .News "overdue"}}Overdue: a data request{{else if eq .News "complaint"}}Overdue: a complaint{{else if eq .News "extended"}}Extended: a data request{{else}}Reminder: a data request waits{{end}}

{{if eq .News "overdue"}}The day by which this data request was to be answered has come, and it is not answered. It is overdue since {{day .Due}}.
{{else if eq .News "complaint"}}The day by which this complaint was to be answered has come, and it is not answered. It is overdue since {{day .Due}}.
{{else if eq .News "extended"}}A data request was extended, once and for all. It is to be answered by {{day .Due}}.
{{else}}A data request waits for your answer. It is to be answered by {{day .Due}}.
{{end}}
Number: {{need .Request}}
On the board: {{need .Board}}

What it is about stands there alone. You get this letter since the program's file names this address as that of its privacy officer.
`))

// Officer writes a letter to a privacy officer. A fact that is missing is an error.
func Officer(f OfficerFacts) (subject, text string, err error) {
	switch f.News {
	case "reminder", "overdue", "extended", OfficerComplaint:
	default:
		return "", "", errors.New("letters: what there is to tell the privacy officer was not given")
	}
	if f.Due.IsZero() {
		return "", "", errors.New("letters: the day by which a request is to be answered was not given")
	}
	var b strings.Builder
	if err := officer.Execute(&b, f); err != nil {
		return "", "", err
	}
	subject, text, _ = strings.Cut(b.String(), "\n\n")
	return subject, text, nil
}
