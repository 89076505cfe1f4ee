package ofac_test

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/match"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/vendors/granttest"
	"github.com/vouchsafe/vouchsafe/internal/vendors/ofac"
)

// Name matching is measured over labelled people: of each it is known whether
// they stand on the list. Beside it stand the two plain ways: an equal name, and
// an equal name with an equal date of birth.

// labelled is one person with the truth about them.
type labelled struct {
	kind   string
	listed bool
	p      onboarding.Profile
}

// thresholds are those of the programs that ship.
var thresholds = []float64{0.88, 0.92}

// tally counts what one way of comparing makes of labelled people.
type tally struct{ hit, missed, falsely, rightly int }

func (c *tally) add(listed, flagged bool) {
	switch {
	case listed && flagged:
		c.hit++
	case listed:
		c.missed++
	case flagged:
		c.falsely++
	default:
		c.rightly++
	}
}

func (c tally) recall() float64    { return share(c.hit, c.hit+c.missed) }
func (c tally) precision() float64 { return share(c.hit, c.hit+c.falsely) }

func (c tally) String() string {
	return fmt.Sprintf("precision %.3f, recall %.3f (%d found, %d missed, %d falsely flagged, %d rightly clear)",
		c.precision(), c.recall(), c.hit, c.missed, c.falsely, c.rightly)
}

// measured has a tally per threshold and the two of the plain ways.
type measured struct {
	at          map[float64]*tally
	name, birth tally
}

func (m *measured) String() string {
	out := ""
	for _, th := range thresholds {
		out += fmt.Sprintf("\n  at %.2f:                 %v", th, *m.at[th])
	}
	return out + fmt.Sprintf("\n  equal name:              %v\n  equal name and birthday: %v", m.name, m.birth)
}

// plain are the names of a list, each with the days of birth that stand there.
type plain map[string][]string

func plainKey(name string) string {
	if family, given, ok := strings.Cut(name, ","); ok {
		name = given + " " + family
	}
	return strings.Join(strings.Fields(match.Fold(name)), " ")
}

// measure screens everybody and logs each kind and the whole.
func measure(t *testing.T, l *ofac.List, names plain, people []labelled) *measured {
	t.Helper()
	fresh := func() *measured { return &measured{at: map[float64]*tally{0.88: {}, 0.92: {}}} }
	all, kinds := fresh(), map[string]*measured{}
	var order []string
	for _, x := range people {
		k := kinds[x.kind]
		if k == nil {
			k = fresh()
			kinds[x.kind] = k
			order = append(order, x.kind)
		}
		born, known := names[plainKey(x.p[onboarding.FieldGivenName]+" "+x.p[onboarding.FieldMiddleName]+" "+x.p[onboarding.FieldFamilyName])]
		same := known && slices.Contains(born, x.p[onboarding.FieldDateOfBirth])
		for _, m := range []*measured{k, all} {
			m.name.add(x.listed, known)
			m.birth.add(x.listed, same)
		}
		for _, th := range thresholds {
			g := granttest.Give[consent.Screening](t, granttest.Use{Check: onboarding.CheckSanctions, Recipient: consent.RecipientOwn, Fields: fields, Profile: x.p})
			a, err := l.Screen(t.Context(), g, th)
			if err != nil {
				t.Fatal(err)
			}
			flagged := a.Findings[0].Code == ofac.FindingMatch
			k.at[th].add(x.listed, flagged)
			all.at[th].add(x.listed, flagged)
		}
	}
	for _, name := range order {
		k := kinds[name]
		flagged := func(c tally) float64 { return share(c.hit+c.falsely, c.hit+c.missed+c.falsely+c.rightly) }
		t.Logf("%-46s flagged %.3f at 0.88, %.3f at 0.92; equal name %.3f, with birthday %.3f", name, flagged(*k.at[0.88]), flagged(*k.at[0.92]), flagged(k.name), flagged(k.birth))
	}
	t.Logf("over %d labelled people:%v", len(people), all)
	return all
}

// wantBetter holds that the matcher finds far more than the plain ways do, and
// is no less right about whom it names.
func (m *measured) wantBetter(t *testing.T, recall, precision float64) {
	t.Helper()
	for _, th := range thresholds {
		c := *m.at[th]
		if c.recall() < recall || c.precision() < precision {
			t.Errorf("at %.2f: %v, want recall %.2f and precision %.2f", th, c, recall, precision)
		}
		for _, p := range []tally{m.name, m.birth} {
			if c.recall() < p.recall()+0.3 {
				t.Errorf("at %.2f: recall %.3f is not clearly better than %.3f of the plain way", th, c.recall(), p.recall())
			}
		}
		if c.precision() < m.name.precision()+0.1 {
			t.Errorf("at %.2f: precision %.3f is not clearly better than %.3f of an equal name", th, c.precision(), m.name.precision())
		}
	}
}

// TestLabelledSample measures on the examples, so that it runs everywhere. Who
// is listed was decided by hand.
func TestLabelledSample(t *testing.T) {
	yes := func(kind, given, middle, family, born string) labelled {
		return labelled{kind, true, profile(given, middle, family, born)}
	}
	no := func(kind, given, middle, family, born string) labelled {
		return labelled{kind, false, profile(given, middle, family, born)}
	}
	people := []labelled{
		yes("as listed", "Viktor", "", "Sandboxov", "1971-02-14"),
		yes("as listed", "Muhammad", "Sandbox", "Al-Mithali", "1966-05-05"),
		yes("as listed", "Maria", "", "Sancionada Prueba", "1969-07-07"),
		yes("an alias", "Wiktor", "", "Sandboksov", "1971-02-14"),
		yes("an alias", "Vitya", "", "Pesochny", "1971-02-14"),
		yes("turned round", "Sandboxov", "", "Viktor", "1971-02-14"),
		yes("turned round", "Sancionada", "Prueba", "Maria", "1969-01-30"),
		yes("a slip of the pen", "Viktro", "", "Sandboxov", "1971-02-14"),
		yes("a slip of the pen", "Viktor", "", "Sandbxov", "1971-02-14"),
		yes("a slip of the pen", "Maria", "", "Sancionado Prueba", "1968-11-11"),
		yes("transliterated", "Victor", "", "Sandboxoff", "1971-02-14"),
		yes("transliterated", "Mohammed", "Sandbox", "Al Mithaly", "1967-03-03"),
		yes("transliterated", "Mohamed", "Sandbox", "Almithali", "1965-03-03"),
		yes("a name left out", "Muhammad", "", "Al-Mithali", "1966-05-05"),
		yes("a name left out", "Maria", "", "Sancionada", "1969-07-07"),
		yes("a name added", "Viktor", "Petrovich", "Sandboxov", "1971-02-14"),
		yes("a wrong year of birth", "Viktor", "", "Sandboxov", "1970-02-14"),
		yes("a wrong day of birth", "Viktor", "", "Sandboxov", "1971-02-24"),
		yes("no date of birth", "Viktor", "", "Sandboxov", ""),
		no("the same name, another birthday", "Viktor", "", "Sandboxov", "1995-08-30"),
		no("the same name, another birthday", "Wiktor", "", "Sandboksov", "1988-01-17"),
		no("the same name, another birthday", "Muhammad", "Sandbox", "Al-Mithali", "1990-04-04"),
		no("the same name, another birthday", "Maria", "", "Sancionada Prueba", "1994-06-01"),
		no("a near name", "Viktoria", "", "Sandbergova", "1985-02-14"),
		no("a near name", "Maria", "", "Prueba", "1992-07-07"),
		no("a near name", "Muhammad", "", "Al-Mansuri", "1966-05-05"),
		no("a near name", "Vitaly", "", "Sandboxov", "1999-12-01"),
		no("a common name", "Maria", "", "Garcia", "1969-07-07"),
		no("a common name", "Muhammad", "", "Ali", "1966-05-05"),
		no("a common name", "Victor", "", "Johnson", "1971-02-14"),
		no("nobody on a list", "Ada", "", "Example", "1990-04-27"),
	}
	names := plain{"viktor sandboxov": {"1971-02-14"}, "wiktor sandboksov": {"1971-02-14"}, "vitya pesochny": {"1971-02-14"},
		plainKey("AL-MITHALI, Muhammad Sandbox"): nil, plainKey("SANCIONADA PRUEBA, Maria"): nil}
	measure(t, load(t), names, people).wantBetter(t, 0.85, 0.95)
}

// alias is an alias of an individual, read here apart from the package under test.
type alias struct {
	of   listedPerson
	name string
}

// realPeople reads individuals with a day of birth, their aliases, and every
// name of the list with the days of birth of whoever has it.
func realPeople(t *testing.T, dir fs.FS) (people []listedPerson, aliases []alias, names plain) {
	t.Helper()
	rows := func(name string) [][]string {
		f, err := dir.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		var out [][]string
		for r := csv.NewReader(f); ; {
			row, err := r.Read()
			if errors.Is(err, io.EOF) {
				return out
			}
			if err != nil && !errors.Is(err, csv.ErrFieldCount) {
				return out // the file ends with DOS's sign
			}
			out = append(out, row)
		}
	}
	names, by := plain{}, map[string]listedPerson{}
	for _, row := range rows("sdn.csv") {
		if len(row) < 12 || strings.TrimSpace(row[2]) != "individual" {
			continue
		}
		family, given, _ := strings.Cut(row[1], ", ")
		p := listedPerson{family: family, given: given}
		if m := bornForm.FindStringSubmatch(row[11]); m != nil {
			if day, err := time.Parse("02 Jan 2006", m[1]); err == nil {
				p.born = day.Format(time.DateOnly)
			}
		}
		by[row[0]] = p
		names[plainKey(row[1])] = append(names[plainKey(row[1])], p.born)
		if p.born != "" && given != "" {
			people = append(people, p)
		}
	}
	for _, row := range rows("alt.csv") {
		if p, ok := by[row[0]]; ok && len(row) > 3 {
			names[plainKey(row[3])] = append(names[plainKey(row[3])], p.born)
			if p.born != "" && strings.Contains(row[3], ", ") {
				aliases = append(aliases, alias{p, row[3]})
			}
		}
	}
	return people, aliases, names
}

func named(name, born string) onboarding.Profile {
	family, given, _ := strings.Cut(name, ", ")
	return profile(given, "", family, born)
}

// years moves a day of birth. 29 February becomes 28.
func years(born string, n int) string {
	day, err := time.Parse(time.DateOnly, born)
	if err != nil {
		return born
	}
	if day.Month() == time.February && day.Day() == 29 {
		day = day.AddDate(0, 0, -1)
	}
	return day.AddDate(n, 0, 0).Format(time.DateOnly)
}

// TestLabelledRealList measures on the real list, with positives made of its
// own names and aliases and negatives that are as near as people come. The seed
// is fixed: the figures are the same wherever the same list is.
func TestLabelledRealList(t *testing.T) {
	if testing.Short() {
		t.Skip("measuring takes some seconds")
	}
	dir := os.DirFS(realDir(t))
	l, err := ofac.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	listed, aliases, names := realPeople(t, dir)
	r := rand.New(rand.NewPCG(7, 11))
	const each = 250
	var people []labelled
	take := func(kind string, of func(listedPerson) (onboarding.Profile, bool), truth bool) {
		n := 0
		for _, i := range r.Perm(len(listed)) {
			if p, ok := of(listed[i]); ok {
				people = append(people, labelled{kind, truth, p})
				if n++; n == each {
					return
				}
			}
		}
	}
	for _, d := range disguises {
		take(d.name, func(p listedPerson) (onboarding.Profile, bool) { return d.of(p, r) }, true)
	}
	take("the year of birth off by one", func(p listedPerson) (onboarding.Profile, bool) {
		return profile(p.given, "", p.family, years(p.born, 1-2*r.IntN(2))), true
	}, true)
	for _, i := range r.Perm(len(aliases))[:min(each, len(aliases))] {
		a := aliases[i]
		people = append(people, labelled{"an alias", true, named(a.name, a.of.born)})
		family, given, _ := strings.Cut(a.name, ", ")
		people = append(people, labelled{"an alias, one letter wrong", true, profile(given, "", typo(family, r), a.of.born)})
	}
	// Of these nobody is meant by the list: their names are on it, their birthdays not.
	take("the same name, another birthday", func(p listedPerson) (onboarding.Profile, bool) {
		born := time.Date(1975+r.IntN(30), time.Month(1+r.IntN(12)), 1+r.IntN(28), 0, 0, 0, 0, time.UTC).Format(time.DateOnly)
		for _, other := range names[plainKey(p.family+", "+p.given)] {
			if other == "" || match.Births(born, []match.Birth{{First: other, Last: other}}) != match.AgreementDisagree {
				return nil, false
			}
		}
		return profile(p.given, "", p.family, born), true
	}, false)
	crossed := func(p listedPerson) (string, bool) {
		other := listed[r.IntN(len(listed))]
		return other.given, match.Names(other.given, p.given) < 0.6 && names[plainKey(p.family+", "+other.given)] == nil
	}
	take("a near name: the family name, another given name", func(p listedPerson) (onboarding.Profile, bool) {
		given, ok := crossed(p)
		return profile(given, "", p.family, years(p.born, 6+r.IntN(20))), ok
	}, false)
	take("a near name, born in the same year", func(p listedPerson) (onboarding.Profile, bool) {
		given, ok := crossed(p)
		return profile(given, "", p.family, p.born[:4]+"-06-15"), ok
	}, false)
	for range 4 * each {
		born := time.Date(1960+r.IntN(45), time.January, 1+r.IntN(365), 0, 0, 0, 0, time.UTC).Format(time.DateOnly)
		people = append(people, labelled{"a common name", false, profile(givenNames[r.IntN(len(givenNames))], "", familyNames[r.IntN(len(familyNames))], born)})
	}
	measure(t, l, names, people).wantBetter(t, 0.97, 0.97)

	// How far a name carries that the list does not have: the same aliases, against
	// a list without any. Some have nothing in common with the name; none is asked of these.
	bare, err := ofac.Load(withoutAliases(t, dir))
	if err != nil {
		t.Fatal(err)
	}
	var held []labelled
	for _, i := range r.Perm(len(aliases))[:min(4*each, len(aliases))] {
		held = append(held, labelled{"an alias that the list does not have", true, named(aliases[i].name, aliases[i].of.born)})
	}
	_, _, only := realPeople(t, withoutAliases(t, dir))
	if m := measure(t, bare, only, held); m.at[0.92].recall() < m.name.recall()+0.3 {
		t.Errorf("%v", m)
	}
}

// withoutAliases is the list with one alias only, since a file must have a row.
func withoutAliases(t *testing.T, dir fs.FS) fs.FS {
	t.Helper()
	out := copyOf(t, dir)
	first, _, _ := strings.Cut(string(out["alt.csv"].Data), "\n")
	out["alt.csv"] = &fstest.MapFile{Data: []byte(first + "\n")}
	return out
}
