// Package sam screens people against the exclusions of SAM.gov, the US
// government's list of persons barred from federal contracts (48 CFR 9.404),
// read from the public extract in its layout V2 of 2026-11. Nothing is sent to
// anybody.
//
// The extract has neither dates of birth nor Social Security numbers: a match is
// by name and state (listfile.Screener.Short says how), and a person looks at
// it; SAM.gov's own search by number is theirs to make.
package sam

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
	FindingClear = "debarment_clear"
	FindingMatch = "debarment_match" // consider: an entry of the list may be this person
)

// FileName is the file that is read: SAM.gov's, without the day in its name.
const FileName = "SAM_Exclusions_Public_Extract_V2.CSV"

// header is the file's first line.
var header = strings.Split("Classification,Name,Prefix,First,Middle,Last,Suffix,Address 1,Address 2,Address 3,Address 4,City,State / Province,Country,"+
	"Zip Code,Open Data Flag,Blank (Deprecated),Unique Entity ID,Exclusion Program,Excluding Agency,CT Code,Exclusion Type,Additional Comments,"+
	"Active Date,Termination Date,Record Status,Cross-Reference,SAM Number,CAGE,NPI,Creation_Date", ",")

// Columns that are read, by their place in header.
const (
	classification = 0
	wholeName      = 1
	first          = 3
	middle         = 4
	last           = 5
	state          = 12
	country        = 13
	program        = 18
	agency         = 19
	exclusion      = 21
	active         = 23
	termination    = 24
	status         = 25
	crossReference = 26
	samNumber      = 27
	creation       = 30
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
	Individuals int // those that are searched
	Ended       int // individuals whose exclusion had ended on the edition's day, or stands as inactive; they are not searched
}

type entry struct {
	id, name, reason, remarks string
	short                     string    // the name without middle names, when there are any
	ends                      time.Time // zero: it does not
	inactive                  bool
	listed                    match.Listed
}

// Load reads the public extract from a folder and checks it whole. An error
// names file and line: another header, another number of columns, a class,
// status or date that the layout does not have, an individual without a name or
// without a type of exclusion.
//
// The edition's day is that of published.txt or, without it, the newest day on
// which a record was made. An exclusion that had ended by that day is not
// searched, whenever the list is read: one edition always searches the same
// entries.
func Load(dir fs.FS) (*List, error) {
	file, published, err := listfile.ReadHeaded(dir, FileName, header)
	if err != nil {
		return nil, fmt.Errorf("sam: %w", err)
	}
	l := &List{stats: Stats{Rows: len(file.Rows) - 1}}
	var newest time.Time
	var individuals []entry
	for _, r := range file.Rows[1:] {
		e, made, err := readRow(r)
		if err != nil {
			return nil, fmt.Errorf("sam: %w", err)
		}
		if made.After(newest) {
			newest = made
		}
		if len(e.listed.Names) > 0 {
			individuals = append(individuals, e)
		}
	}
	if published.IsZero() {
		published = newest
	}
	var listed []match.Listed
	for _, e := range individuals {
		if e.inactive || (!e.ends.IsZero() && e.ends.Before(published)) {
			l.stats.Ended++
			continue
		}
		l.entries = append(l.entries, e)
		listed = append(listed, e.listed)
	}
	if len(l.entries) == 0 {
		return nil, fmt.Errorf("sam: %s:1: there is no individual in the list", FileName)
	}
	l.stats.Individuals = len(l.entries)
	l.screener = listfile.Screener{List: "us_sam_exclusions", Edition: listfile.Edition(published, file), Clear: FindingClear, Match: FindingMatch,
		Index: match.NewIndex(listed), Entry: l.shown,
		Short: func(i int) string { return l.entries[i].short }}
	return l, nil
}

// readRow reads one row. What is no individual comes back without a name.
func readRow(r listfile.Row) (e entry, made time.Time, err error) {
	f := r.Fields
	switch f[status] {
	case "", "Active":
	case "Inactive":
		e.inactive = true
	default:
		return entry{}, made, r.Fault("the record's status is not in the layout")
	}
	for _, c := range []int{active, creation} {
		if _, err := date(f[c]); err != nil {
			return entry{}, made, r.Fault("%s is no date of the form MM/DD/YYYY or YYYY-MM-DD", header[c])
		}
	}
	made, _ = date(f[creation])
	if f[termination] != indefinite {
		if e.ends, err = date(f[termination]); err != nil {
			return entry{}, made, r.Fault("%s is neither a date nor %s", header[termination], indefinite)
		}
	}
	switch f[classification] {
	case "Individual":
	case "Firm", "Special Entity Designation", "Vessel":
		return e, made, nil
	default:
		return entry{}, made, r.Fault("the classification is not in the layout")
	}
	if f[exclusion] == "" {
		return entry{}, made, r.Fault("the individual has no type of exclusion")
	}
	name := strings.ReplaceAll(f[last], ",", " ") + ", " + f[first] + " " + f[middle]
	if f[first] == "" && f[last] == "" {
		name = f[wholeName]
	}
	if match.Fold(name) == "" {
		return entry{}, made, r.Fault("the individual has no name")
	}
	e.listed.Names = []string{name}
	if f[middle] != "" && f[first] != "" && f[last] != "" {
		e.short = strings.ReplaceAll(f[last], ",", " ") + ", " + f[first]
	}
	if f[country] == "USA" {
		e.listed.Places = []match.Place{{Country: "US", State: f[state]}}
	} else if f[country] != "" {
		e.listed.Places = []match.Place{{Country: f[country]}}
	}
	e.id = f[samNumber]
	if e.id == "" {
		e.id = fmt.Sprintf("%s:%d", FileName, r.Line)
	}
	e.name = strings.Join(strings.Fields(f[first]+" "+f[middle]+" "+f[last]), " ")
	if e.name == "" {
		e.name = f[wholeName]
	}
	e.reason = strings.Trim(f[exclusion]+", "+f[agency], ", ")
	if since, _ := date(f[active]); !since.IsZero() {
		e.reason += " since " + since.Format(time.DateOnly)
	}
	e.remarks = strings.Trim(f[program]+" "+f[crossReference], " ")
	return e, made, nil
}

// indefinite is how the file says that an exclusion has no end.
const indefinite = "Indefinite"

// date reads the two forms that the extract has; empty is no date.
func date(s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	if t, err := time.Parse("01/02/2006", s); err == nil {
		return t, nil
	}
	return time.Parse(time.DateOnly, s)
}

func (l *List) shown(i int) listfile.Entry {
	e := l.entries[i]
	out := listfile.Entry{ID: e.id, Name: e.name, Reason: e.reason, Remarks: e.remarks}
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
