// Package leie screens people against the List of Excluded Individuals/Entities
// of the Inspector General of the US Department of Health and Human Services (42
// USC 1320a-7), read from the monthly file UPDATED.csv. Nothing is sent to
// anybody. The file has no Social Security numbers: a match is by name, date of
// birth and state, and a person looks at it; the OIG's online check by number is
// theirs to make.
package leie

import (
	"context"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/match"
	"github.com/vouchsafe/vouchsafe/internal/vendors"
	"github.com/vouchsafe/vouchsafe/internal/vendors/listfile"
)

// The findings.
const (
	FindingClear = "exclusion_clear"
	FindingMatch = "exclusion_match" // consider: an entry of the list may be this person
)

// FileName is the file that is read.
const FileName = "UPDATED.csv"

// header is the file's first line.
var header = strings.Split("LASTNAME,FIRSTNAME,MIDNAME,BUSNAME,GENERAL,SPECIALTY,UPIN,NPI,DOB,ADDRESS,CITY,STATE,ZIP,EXCLTYPE,EXCLDATE,REINDATE,WAIVERDATE,WVRSTATE", ",")

// Columns by their place in header.
const (
	lastName = iota
	firstName
	midName
	busName
	general
	specialty
	upin
	npi
	dob
	address
	city
	state
	zip
	exclType
	exclDate
	reinDate
	waiverDate
	wvrState
)

// List is a list as read. It is safe for concurrent use.
type List struct {
	screener listfile.Screener
	entries  []entry
	stats    Stats
}

// Stats say what was read.
type Stats struct {
	Rows        int
	Individuals int
	Births      int // individuals with a date of birth
	Reinstated  int // rows with a date of reinstatement; they are not searched
}

type entry struct {
	line                       int
	name, kind, from, sub, dob string
	listed                     match.Listed
}

// Load reads UPDATED.csv from a folder and checks it whole. An error names file
// and line: another header, another number of columns, a date that does not
// exist, a row without a name or without the type and date of exclusion.
//
// The edition's day is that of published.txt or, without it, the newest date of
// exclusion.
func Load(dir fs.FS) (*List, error) {
	file, published, err := listfile.ReadHeaded(dir, FileName, header)
	if err != nil {
		return nil, fmt.Errorf("leie: %w", err)
	}
	l := &List{stats: Stats{Rows: len(file.Rows) - 1}}
	var newest time.Time
	var listed []match.Listed
	for _, r := range file.Rows[1:] {
		e, excluded, err := readRow(r)
		if err != nil {
			return nil, fmt.Errorf("leie: %w", err)
		}
		if excluded.After(newest) {
			newest = excluded
		}
		switch {
		case e.name == "": // a business
		case r.Fields[reinDate] != none && r.Fields[reinDate] != "":
			l.stats.Reinstated++
		default:
			if len(e.listed.Births) > 0 {
				l.stats.Births++
			}
			l.entries = append(l.entries, e)
			listed = append(listed, e.listed)
		}
	}
	if len(l.entries) == 0 {
		return nil, fmt.Errorf("leie: %s:1: there is no individual in the list", FileName)
	}
	if published.IsZero() {
		published = newest
	}
	l.stats.Individuals = len(l.entries)
	l.screener = listfile.Screener{List: "us_hhs_leie", Edition: listfile.Edition(published, file), Clear: FindingClear, Match: FindingMatch,
		Index: match.NewIndex(listed), Entry: l.shown}
	return l, nil
}

// none is how the file says that there is no date.
const none = "00000000"

func readRow(r listfile.Row) (e entry, excluded time.Time, err error) {
	f := r.Fields
	if f[lastName] == "" && f[firstName] == "" && f[busName] == "" {
		return entry{}, time.Time{}, r.Fault("the row has neither a person's name nor a business's")
	}
	if f[exclType] == "" {
		return entry{}, time.Time{}, r.Fault("the row has no type of exclusion")
	}
	for _, c := range []int{dob, exclDate, reinDate, waiverDate} {
		if _, err := date(f[c]); err != nil {
			return entry{}, time.Time{}, r.Fault("%s is no date of the form YYYYMMDD", header[c])
		}
	}
	if excluded, _ = date(f[exclDate]); excluded.IsZero() {
		return entry{}, time.Time{}, r.Fault("the row has no date of exclusion")
	}
	if s := f[state]; s != "" && len(s) != 2 {
		return entry{}, time.Time{}, r.Fault("STATE is not of two letters")
	}
	if n := f[npi]; n != "" && (len(n) != 10 || strings.Trim(n, "0123456789") != "") {
		return entry{}, time.Time{}, r.Fault("NPI is not of ten digits")
	}
	if f[lastName] == "" && f[firstName] == "" {
		return entry{}, excluded, nil
	}
	e = entry{line: r.Line, name: strings.Join(strings.Fields(f[firstName]+" "+f[midName]+" "+f[lastName]), " "), kind: f[exclType],
		from: excluded.Format(time.DateOnly), sub: strings.Trim(f[general]+", "+f[specialty], ", ")}
	e.listed.Names = []string{strings.ReplaceAll(f[lastName], ",", " ") + ", " + f[firstName] + " " + f[midName]}
	if born, _ := date(f[dob]); !born.IsZero() {
		e.dob = born.Format(time.DateOnly)
		e.listed.Births = []match.Birth{{First: e.dob, Last: e.dob}}
	}
	if f[state] != "" {
		e.listed.Places = []match.Place{{State: f[state], Country: "US"}}
	}
	return e, excluded, nil
}

// date reads YYYYMMDD; empty and 00000000 are no date.
func date(s string) (time.Time, error) {
	if s == "" || s == none {
		return time.Time{}, nil
	}
	return time.Parse("20060102", s)
}

func (l *List) shown(i int) listfile.Entry {
	e := l.entries[i]
	out := listfile.Entry{ID: fmt.Sprintf("%s:%d", FileName, e.line), Name: e.name, Reason: e.kind + " since " + e.from, Remarks: e.sub}
	if e.dob != "" {
		out.Born = []string{e.dob}
	}
	for _, p := range e.listed.Places {
		out.Places = append(out.Places, listfile.PlaceWords(p))
	}
	return out
}

// Edition names what was read: day of publication and hash.
func (l *List) Edition() string { return l.screener.Edition }

// Stats says what was read.
func (l *List) Stats() Stats { return l.stats }

// Individuals is how many people are searched.
func (l *List) Individuals() int { return l.stats.Individuals }

// Screen compares the grant's person with the list; see listfile.Screener.Screen.
func (l *List) Screen(ctx context.Context, g consent.Grant[consent.Screening], threshold float64) (vendors.Answer, error) {
	return l.screener.Screen(ctx, g, threshold)
}
