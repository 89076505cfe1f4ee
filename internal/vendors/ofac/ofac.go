// Package ofac screens people against the Specially Designated Nationals list of
// the US Treasury's Office of Foreign Assets Control, read from the files that
// OFAC publishes (sdn.csv, alt.csv, add.csv, sdn_comments.csv; format after
// OFAC's "SDN data specification" as of 2026-11). Nothing is sent to anybody.
//
// All rows are checked, but only individuals are searched: applicants are
// people. Weak aliases, which OFAC gives in the remarks as "a.k.a. '…'", are not
// searched; OFAC does not expect it (its FAQ 122).
package ofac

import (
	"context"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/match"
	"github.com/vouchsafe/vouchsafe/internal/vendors"
	"github.com/vouchsafe/vouchsafe/internal/vendors/listfile"
)

// The findings.
const (
	FindingClear = "sanctions_clear"
	FindingMatch = "sanctions_match" // consider: an entry of the list may be this person
)

// The files.
const (
	fileSDN      = "sdn.csv"
	fileAlt      = "alt.csv"
	fileAdd      = "add.csv"
	fileComments = "sdn_comments.csv"
)

// Files are the names of the files that Load reads.
func Files() []string { return []string{fileSDN, fileAlt, fileAdd, fileComments} }

// null is how the files say that there is nothing.
const null = "-0-"

// List is a list as read. It is safe for concurrent use.
type List struct {
	screener listfile.Screener
	entries  []entry
	stats    Stats
}

// Stats say what was read.
type Stats struct {
	Rows        int // of sdn.csv
	Individuals int
	Names       int // of individuals, with aliases
	Births      int // individuals with a date of birth
	Orphans     int // comments on entries that are gone: OFAC's own files have some
	Unread      int // dates of birth in a form that we do not know; they count as none
}

type entry struct {
	id, name, program, remarks string
	listed                     match.Listed
}

// Load reads the list from a folder and checks it whole. An error names file and
// line: a row with another number of columns, a number that is none, a type or
// kind that the specification does not have, an alias or address of an entry
// which is not there.
func Load(dir fs.FS) (*List, error) {
	sdn, err := listfile.Read(dir, fileSDN, 12)
	if err != nil {
		return nil, fmt.Errorf("ofac: %w", err)
	}
	alt, err := listfile.Read(dir, fileAlt, 5)
	if err != nil {
		return nil, fmt.Errorf("ofac: %w", err)
	}
	add, err := listfile.Read(dir, fileAdd, 6)
	if err != nil {
		return nil, fmt.Errorf("ofac: %w", err)
	}
	comments, err := listfile.Read(dir, fileComments, 2)
	if err != nil {
		return nil, fmt.Errorf("ofac: %w", err)
	}
	published, err := listfile.Published(dir)
	if err != nil {
		return nil, fmt.Errorf("ofac: %w", err)
	}
	l, err := read(sdn, alt, add, comments)
	if err != nil {
		return nil, fmt.Errorf("ofac: %w", err)
	}
	l.screener.Edition = listfile.Edition(published, sdn, alt, add, comments)
	return l, nil
}

// read puts the four files together by their entry numbers.
func read(sdn, alt, add, comments listfile.File) (*List, error) {
	l := &List{stats: Stats{Rows: len(sdn.Rows)}}
	at := map[string]int{} // entry number → index, or -1 for what is no person
	for _, r := range sdn.Rows {
		id, e, person, err := readEntry(r)
		if err != nil {
			return nil, err
		}
		if _, twice := at[id]; twice {
			return nil, r.Fault("the entry %s stands here twice", id)
		}
		at[id] = -1
		if person {
			at[id] = len(l.entries)
			l.entries = append(l.entries, e)
		}
	}
	if len(l.entries) == 0 {
		return nil, fmt.Errorf("%s:1: there is no individual in the list", fileSDN)
	}
	of := func(r listfile.Row) (*entry, error) {
		i, ok := at[r.Fields[0]]
		if !ok {
			return nil, r.Fault("there is no entry %q in %s", r.Fields[0], fileSDN)
		}
		if i < 0 {
			return nil, nil
		}
		return &l.entries[i], nil
	}
	for _, step := range []struct {
		file listfile.File
		take func(listfile.Row, *entry) error
	}{{alt, takeAlias}, {add, takeAddress}, {comments, takeComment}} {
		for _, r := range step.file.Rows {
			e, err := of(r)
			if err != nil && step.file.Name == fileComments {
				l.stats.Orphans++
				continue
			}
			if err != nil {
				return nil, err
			}
			if err := step.take(r, e); err != nil {
				return nil, err
			}
		}
	}
	l.finish()
	return l, nil
}

// finish reads the remarks, once comments have been added to them, and indexes.
func (l *List) finish() {
	listed := make([]match.Listed, len(l.entries))
	for i := range l.entries {
		e := &l.entries[i]
		births, unread := readBirths(e.remarks)
		e.listed.Births = births
		l.stats.Unread += unread
		if len(births) > 0 {
			l.stats.Births++
		}
		l.stats.Names += len(e.listed.Names)
		listed[i] = e.listed
	}
	l.stats.Individuals = len(l.entries)
	l.screener = listfile.Screener{List: "us_ofac_sdn", Clear: FindingClear, Match: FindingMatch, Index: match.NewIndex(listed), Entry: l.shown}
}

// sdn.csv: ent_num, name, type, program, title, call_sign, vess_type, tonnage,
// grt, vess_flag, vess_owner, remarks.
func readEntry(r listfile.Row) (id string, e entry, person bool, err error) {
	id, kind := r.Fields[0], strings.ToLower(r.Fields[2])
	if n, err := strconv.Atoi(id); err != nil || n <= 0 {
		return "", entry{}, false, r.Fault("the entry number %q is no number", id)
	}
	if r.Fields[1] == "" || r.Fields[1] == null {
		return "", entry{}, false, r.Fault("the entry %s has no name", id)
	}
	if r.Fields[3] == "" {
		return "", entry{}, false, r.Fault("the entry %s has no program", id)
	}
	switch kind {
	case "individual", "vessel", "aircraft", "entity", null, "":
	default:
		return "", entry{}, false, r.Fault("the entry %s is of a type that is not in the specification", id)
	}
	e = entry{id: id, name: r.Fields[1], program: r.Fields[3], remarks: value(r.Fields[11])}
	e.listed.Names = []string{e.name}
	return id, e, kind == "individual", nil
}

// alt.csv: ent_num, alt_num, type, name, remarks.
func takeAlias(r listfile.Row, e *entry) error {
	if _, err := strconv.Atoi(r.Fields[1]); err != nil {
		return r.Fault("the alias number %q is no number", r.Fields[1])
	}
	switch r.Fields[2] {
	case "aka", "fka", "nka":
	default:
		return r.Fault("the alias is of a kind that is not in the specification (aka, fka, nka)")
	}
	if value(r.Fields[3]) == "" {
		return r.Fault("the alias is empty")
	}
	if e != nil && !slices.Contains(e.listed.Names, r.Fields[3]) {
		e.listed.Names = append(e.listed.Names, r.Fields[3])
	}
	return nil
}

// add.csv: ent_num, add_num, address, city and so on, country, remarks.
func takeAddress(r listfile.Row, e *entry) error {
	if _, err := strconv.Atoi(r.Fields[1]); err != nil {
		return r.Fault("the address number %q is no number", r.Fields[1])
	}
	if country := value(r.Fields[4]); e != nil && country != "" {
		p := match.Place{Country: country}
		if strings.EqualFold(country, "United States") {
			p = match.Place{Country: "US", State: state(r.Fields[3])}
		}
		e.listed.Places = append(e.listed.Places, p)
	}
	return nil
}

// sdn_comments.csv: ent_num, the remarks' continuation.
func takeComment(r listfile.Row, e *entry) error {
	if e != nil {
		e.remarks += value(r.Fields[1])
	}
	return nil
}

func value(s string) string {
	if s == null {
		return ""
	}
	return s
}

// state finds the two letters in "Miami, FL 33101".
func state(s string) string {
	for _, w := range strings.FieldsFunc(s, func(r rune) bool { return r == ' ' || r == ',' }) {
		if len(w) == 2 && w == strings.ToUpper(w) && w[0] >= 'A' && w[0] <= 'Z' && w[1] >= 'A' && w[1] <= 'Z' {
			return w
		}
	}
	return ""
}

func (l *List) shown(i int) listfile.Entry {
	e := l.entries[i]
	out := listfile.Entry{ID: e.id, Name: e.name, Reason: e.program, Remarks: e.remarks}
	for _, b := range e.listed.Births {
		born := b.First
		if b.Last != b.First {
			born += " to " + b.Last
		}
		out.Born = append(out.Born, born)
	}
	for _, p := range e.listed.Places {
		if words := listfile.PlaceWords(p); !slices.Contains(out.Places, words) {
			out.Places = append(out.Places, words)
		}
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
