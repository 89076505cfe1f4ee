package ofac_test

import (
	"context"
	"encoding/csv"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/match"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/vendors/granttest"
	"github.com/vouchsafe/vouchsafe/internal/vendors/ofac"
)

// realDir finds a real list: VOUCHSAFE_OFAC_DIR, or shared/data/ofac beside the
// checkout. It is never committed.
func realDir(t testing.TB) string {
	t.Helper()
	dirs := []string{os.Getenv("VOUCHSAFE_OFAC_DIR")}
	if wd, err := os.Getwd(); err == nil {
		for d := wd; d != filepath.Dir(d); d = filepath.Dir(d) {
			dirs = append(dirs, filepath.Join(d, "shared", "data", "ofac"))
		}
	}
	for _, d := range dirs {
		if _, err := os.Stat(filepath.Join(d, "sdn.csv")); d != "" && err == nil {
			return d
		}
	}
	t.Skip("there is no real OFAC list here: set VOUCHSAFE_OFAC_DIR to a folder with sdn.csv, alt.csv, add.csv and sdn_comments.csv to measure against it")
	return ""
}

func realList(t testing.TB) (*ofac.List, []listedPerson) {
	t.Helper()
	dir := realDir(t)
	began := time.Now()
	l, err := ofac.Load(os.DirFS(dir))
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%+v, edition %s, read in %v", l.Stats(), l.Edition(), time.Since(began).Round(time.Millisecond))
	return l, people(t, filepath.Join(dir, "sdn.csv"))
}

// listedPerson is an individual of the list, read here apart from the package
// under test.
type listedPerson struct{ family, given, born string }

var bornForm = regexp.MustCompile(`^DOB (\d{2} [A-Z][a-z]{2} \d{4})`)

func people(t testing.TB, path string) []listedPerson {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var out []listedPerson
	for r := csv.NewReader(f); ; {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		family, given, ok := strings.Cut(row[1], ", ")
		m := bornForm.FindStringSubmatch(row[11])
		if strings.TrimSpace(row[2]) != "individual" || !ok || m == nil {
			continue
		}
		day, err := time.Parse("02 Jan 2006", m[1])
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, listedPerson{family, given, day.Format(time.DateOnly)})
	}
}

func profile(given, middle, family, born string) onboarding.Profile {
	return onboarding.Profile{onboarding.FieldGivenName: given, onboarding.FieldMiddleName: middle, onboarding.FieldFamilyName: family,
		onboarding.FieldDateOfBirth: born, onboarding.FieldState: "OR", onboarding.FieldCountry: "US"}
}

// disguises are ways in which a listed person's name comes in otherwise.
var disguises = []struct {
	name string
	of   func(p listedPerson, r *rand.Rand) (onboarding.Profile, bool)
}{
	{"as listed", func(p listedPerson, _ *rand.Rand) (onboarding.Profile, bool) {
		return profile(p.given, "", p.family, p.born), true
	}},
	{"family and given name swapped", func(p listedPerson, _ *rand.Rand) (onboarding.Profile, bool) {
		return profile(p.family, "", p.given, p.born), true
	}},
	{"one letter wrong", func(p listedPerson, r *rand.Rand) (onboarding.Profile, bool) {
		return profile(p.given, "", typo(p.family, r), p.born), len(p.family) > 3
	}},
	{"one letter wrong, no date of birth", func(p listedPerson, r *rand.Rand) (onboarding.Profile, bool) {
		return profile(p.given, "", typo(p.family, r), ""), len(p.family) > 3
	}},
	{"later given names left out", func(p listedPerson, _ *rand.Rand) (onboarding.Profile, bool) {
		first, _, more := strings.Cut(p.given, " ")
		return profile(first, "", p.family, p.born), more
	}},
	{"second family name left out", func(p listedPerson, _ *rand.Rand) (onboarding.Profile, bool) {
		first, _, more := strings.Cut(p.family, " ")
		return profile(p.given, "", first, p.born), more && len(first) > 3
	}},
	{"another transliteration", func(p listedPerson, _ *rand.Rand) (onboarding.Profile, bool) {
		g, f := respell(p.given), respell(p.family)
		return profile(g, "", f, p.born), g != p.given || f != p.family
	}},
	{"day and month of birth swapped", func(p listedPerson, _ *rand.Rand) (onboarding.Profile, bool) {
		swapped := p.born[:5] + p.born[8:] + "-" + p.born[5:7]
		_, err := time.Parse(time.DateOnly, swapped)
		return profile(p.given, "", p.family, swapped), err == nil
	}},
	{"a middle name added", func(p listedPerson, _ *rand.Rand) (onboarding.Profile, bool) {
		return profile(p.given, "Robert", p.family, p.born), true
	}},
}

func typo(s string, r *rand.Rand) string {
	if len(s) < 4 {
		return s
	}
	b := []byte(s)
	i := 1 + r.IntN(len(b)-2)
	switch r.IntN(3) {
	case 0:
		b[i], b[i+1] = b[i+1], b[i]
	case 1:
		b = slices.Delete(b, i, i+1)
	default:
		b[i] = byte('a' + r.IntN(26))
	}
	return string(b)
}

var spellings = strings.NewReplacer("Muhammad", "Mohammed", "MUHAMMAD", "MOHAMMED", "Mohammad", "Muhamed", "Ahmad", "Ahmed", "AHMAD", "AHMED",
	"Husayn", "Hussein", "HUSAYN", "HUSSEIN", "Yusuf", "Youssef", "Aleksandr", "Alexander", "Sergei", "Sergey", "SERGEI", "SERGEY", "Dmitri", "Dmitriy",
	"Yuri", "Yuriy", "iyev", "iev", "EYEV", "EEV", "OU", "U", "ou", "u", "kh", "h", "KH", "H", "q", "k", "Q", "K", "ee", "i", "EE", "I")

func respell(s string) string { return spellings.Replace(s) }

// Names that applicants in the United States have, of several origins.
var (
	givenNames = strings.Fields(`James Mary Robert Patricia John Jennifer Michael Linda David Elizabeth William Barbara Jose Maria Juan Carmen Luis Rosa Carlos Ana
		Miguel Guadalupe Jesus Sofia Mohammed Fatima Ahmed Aisha Omar Layla Ali Zainab Hassan Mariam Ivan Olga Sergey Natalia Dmitry Elena Wei Li Ming Jin Hao Yan Kim
		Linh Minh Priya Raj Anita Amit DeShawn Latoya Jamal Keisha Kwame Ngozi Pierre Marie Giovanni Francesca`)
	familyNames = strings.Fields(`Smith Johnson Williams Brown Jones Garcia Miller Davis Rodriguez Martinez Hernandez Lopez Gonzalez Wilson Anderson Thomas Taylor Moore
		Jackson Martin Lee Perez Thompson White Harris Sanchez Clark Ramirez Lewis Robinson Walker Young Allen King Wright Torres Nguyen Hill Flores Green Adams Khan
		Ahmed Ali Hassan Hussein Ibrahim Ivanov Petrov Kuznetsova Popov Kim Park Chen Wang Zhang Liu Patel Singh Sharma Cohen Rossi Silva Santos Okafor Mensah`)
)

// TestRealList measures recall over disguised names and false alarms over names
// of people who are not listed, beside a plain comparison.
func TestRealList(t *testing.T) {
	if testing.Short() {
		t.Skip("measuring takes some seconds")
	}
	l, listed := realList(t)
	if s := l.Stats(); s.Rows < 7000 || s.Individuals < 3500 || s.Unread > 0 {
		t.Errorf("stats %+v", s)
	}
	r := rand.New(rand.NewPCG(1, 2))
	exact := map[string]bool{}
	for _, p := range listed {
		exact[match.Fold(p.given+" "+p.family)] = true
	}
	flagged := func(p onboarding.Profile, threshold float64) bool {
		g := granttest.Give[consent.Screening](t, granttest.Use{Check: onboarding.CheckSanctions, Recipient: consent.RecipientOwn, Fields: fields, Profile: p})
		a, err := l.Screen(context.Background(), g, threshold)
		if err != nil {
			t.Fatal(err)
		}
		return a.Findings[0].Code == ofac.FindingMatch
	}
	const sample = 250
	plain, all := 0, 0
	hits := map[float64]int{}
	for _, d := range disguises {
		n, same := 0, 0
		found := map[float64]int{}
		for _, i := range r.Perm(len(listed)) {
			p, ok := d.of(listed[i], r)
			if !ok {
				continue
			}
			if n++; n > sample {
				n--
				break
			}
			if exact[match.Fold(p[onboarding.FieldGivenName]+" "+p[onboarding.FieldMiddleName]+" "+p[onboarding.FieldFamilyName])] {
				same++
			}
			for _, th := range []float64{0.88, 0.92} {
				if flagged(p, th) {
					found[th]++
				}
			}
		}
		plain, all = plain+same, all+n
		hits[0.88] += found[0.88]
		hits[0.92] += found[0.92]
		t.Logf("%-36s n=%d  recall %.3f at 0.88, %.3f at 0.92; plain comparison %.3f", d.name, n,
			share(found[0.88], n), share(found[0.92], n), share(same, n))
	}
	others := map[float64]int{}
	nodate := map[float64]int{}
	people := 0
	for range 1500 {
		people++
		born := time.Date(1960+r.IntN(45), time.January, 1+r.IntN(365), 0, 0, 0, 0, time.UTC).Format(time.DateOnly)
		given, middle, family := givenNames[r.IntN(len(givenNames))], "", familyNames[r.IntN(len(familyNames))]
		if r.IntN(3) == 0 {
			middle = givenNames[r.IntN(len(givenNames))]
		}
		for _, th := range []float64{0.88, 0.92} {
			if flagged(profile(given, middle, family, born), th) {
				others[th]++
			}
			if flagged(profile(given, middle, family, ""), th) {
				nodate[th]++
			}
		}
	}
	for _, th := range []float64{0.88, 0.92} {
		t.Logf("at %.2f: recall %.3f over %d disguised people (plain comparison %.3f); precision %.4f against %d people not listed: %d false alarms (%.4f), %d without a date of birth (%.4f)",
			th, share(hits[th], all), all, share(plain, all), share(hits[th], hits[th]+others[th]), people, others[th], share(others[th], people), nodate[th], share(nodate[th], people))
	}
	if got := share(hits[0.92], all); got < 0.95 {
		t.Errorf("recall at 0.92 fell to %.3f", got)
	}
	if got := share(others[0.88], people); got > 0.02 {
		t.Errorf("false alarms at 0.88 rose to %.4f", got)
	}
}

func share(n, of int) float64 { return float64(n) / float64(max(of, 1)) }

func BenchmarkScreenRealList(b *testing.B) {
	l, listed := realList(b)
	b.ResetTimer()
	for i := 0; b.Loop(); i++ {
		b.StopTimer()
		p := listed[i%len(listed)]
		g := granttest.Give[consent.Screening](b, granttest.Use{Check: onboarding.CheckSanctions, Recipient: consent.RecipientOwn, Fields: fields,
			Profile: profile(p.given, "", p.family, p.born)})
		b.StartTimer()
		if _, err := l.Screen(context.Background(), g, 0.9); err != nil {
			b.Fatal(err)
		}
	}
}
