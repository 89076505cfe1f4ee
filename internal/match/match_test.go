package match

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestFold(t *testing.T) {
	for in, want := range map[string]string{
		"José  María":                   "jose maria",
		"O’Neill-Smith":                 "oneill smith",
		"'ABD AL-SALAM":                 "abd al salam",
		"Straße Ærø Łukasz":             "strasse aero lukasz",
		"Виктор Песочный":               "viktor pesochnyi",
		"Γιώργος":                       "giorgos",
		"محمد":                          "mhmd",
		"ʿAlī Ḥasan":                    "ali hasan",
		"Nguyễn Văn Đức":                "nguyen van duc",
		"ﬁne":                           "fine",
		"李小龍":                           "李小龍",
		" , . ":                         "",
		"":                              "",
		"de la Cruz, Jr.":               "de la cruz jr",
		"Zo\u00eb\u200d":                "zoe",
		"D\u2019Arcy\tX\u00a0Y":         "darcy x y",
		strings.Repeat("a", 300) + " b": strings.Repeat("a", 300) + " b",
	} {
		if got := Fold(in); got != want {
			t.Errorf("Fold(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestNames(t *testing.T) {
	for _, c := range []struct {
		a, b     string
		from, to float64
	}{
		{"Ada Example", "EXAMPLE, Ada", 1, 1},
		{"Example Ada", "Ada Example", 1, 1},
		{"José García", "GARCIA, Jose", 1, 1},
		{"Viktor Sandboxov", "SANDBOKSOV, Wiktor", 0.9, 0.999},
		{"Mohammed Hussein", "MUHAMMAD, Husayn", 0.9, 0.999},
		{"Youssef Akkad", "AQQAD, Yusuf", 0.9, 0.999},
		{"Abdulrahman Ali", "ALI, Abd al-Rahman", 0.82, 0.999},
		{"Виктор Песочный", "PESOCHNY, Viktor", 0.95, 1},
		{"J. Garcia", "GARCIA, Jose", 0.9, 0.999},
		{"Maria Garcia", "GARCIA LOPEZ, Maria", 0.8, 0.92},
		{"Madonna", "MADONNA", 1, 1},
		{"Maria Lopez", "Maria Garcia", 0, 0.6},
		{"Ada Example", "Bob Sample", 0, 0.7},
		{"Ali Khan", "Khan", 0.6, 0.9},
		{"李小龍", "李小龍", 1, 1},
		{"", "Ada", 0, 0},
		{"...", "...", 0, 0},
	} {
		if got := Names(c.a, c.b); got < c.from || got > c.to {
			t.Errorf("Names(%q, %q) = %.3f, want %.2f to %.3f", c.a, c.b, got, c.from, c.to)
		}
	}
}

func TestBirths(t *testing.T) {
	day := func(s string) Birth { return Birth{First: s, Last: s} }
	for _, c := range []struct {
		born   string
		listed []Birth
		want   Agreement
	}{
		{"1970-05-16", []Birth{day("1970-05-16")}, AgreementFull},
		{"1970-05-16", []Birth{day("1980-01-02"), day("1970-05-16")}, AgreementFull},
		{"1970-05-06", []Birth{day("1970-06-05")}, AgreementYear},                         // day and month swapped
		{"1970-05-16", []Birth{day("1971-05-16")}, AgreementYear},                         // a slip in the year
		{"1967-05-16", []Birth{day("1976-05-16")}, AgreementYear},                         // its digits swapped
		{"1970-05-16", []Birth{day("1971-01-01")}, AgreementYear},                         // 1 January: some day
		{"1970-05-16", []Birth{{First: "1969-01-01", Last: "1971-12-31"}}, AgreementYear}, //
		{"1970-05-16", []Birth{{First: "1968-01-01", Last: "1968-12-31", About: true}}, AgreementYear},
		{"1970-05-16", []Birth{{First: "1967-01-01", Last: "1967-12-31", About: true}}, AgreementDisagree},
		{"1970-05-16", []Birth{day("1980-05-16")}, AgreementDisagree},
		{"1970-05-16", []Birth{day("1971-05-17")}, AgreementDisagree},
		{"1970-05-16", nil, AgreementNone},
		{"", []Birth{day("1970-05-16")}, AgreementNone},
		{"16 May 1970", []Birth{day("1970-05-16")}, AgreementNone},
		{"1970-05-16", []Birth{{}}, AgreementNone},                    // a date that could not be read
		{"1970-05-16", []Birth{day("1980-05-16"), {}}, AgreementNone}, // one of them may agree
	} {
		if got := Births(c.born, c.listed); got != c.want {
			t.Errorf("Births(%s, %v) = %s, want %s", c.born, c.listed, got, c.want)
		}
	}
}

func TestScore(t *testing.T) {
	entry := Listed{Names: []string{"SANDBOXOV, Viktor", "PESOCHNY, Vitya"}, Births: []Birth{{First: "1971-02-14", Last: "1971-02-14"}},
		Places: []Place{{Country: "Ruritania"}, {State: "FL", Country: "US"}}}
	for _, c := range []struct {
		why      string
		p        Person
		from, to float64
		birth    Agreement
		place    float64
	}{
		{"all agrees", Person{Given: "Viktor", Family: "Sandboxov", Born: "1971-02-14", State: "FL", Country: "US"}, 1, 1, AgreementFull, 1},
		{"an alias", Person{Given: "Vitya", Family: "Pesochny", Born: "1971-02-14"}, 1, 1, AgreementFull, 0.5},
		{"no date of birth", Person{Given: "Viktor", Family: "Sandboxov"}, 1, 1, AgreementNone, 0.5},
		{"another day of birth", Person{Given: "Viktor", Family: "Sandboxov", Born: "1990-08-08", State: "OR", Country: "US"}, 0.7, 0.85, AgreementDisagree, 0},
		{"a middle name", Person{Given: "Viktor", Middle: "Ivan", Family: "Sandboxov"}, 0.9, 0.99, AgreementNone, 0.5},
		{"only the date of birth", Person{Given: "Ada", Family: "Example", Born: "1971-02-14"}, 0, 0.5, AgreementFull, 0.5},
		{"one name in both fields", Person{Given: "Viktor", Family: "Viktor", Born: "1971-02-14"}, 0, 0.95, AgreementFull, 0.5},
		{"a comma in a name", Person{Given: "Viktor", Family: "Sandboxov, Jr.", Born: "1971-02-14"}, 0.95, 1, AgreementFull, 0.5},
	} {
		got := Score(c.p, entry)
		if got.Total < c.from || got.Total > c.to || got.Birth != c.birth || got.Place != c.place {
			t.Errorf("%s: %+v, want a total of %.2f to %.2f, %s, %v", c.why, got, c.from, c.to, c.birth, c.place)
		}
	}
	if got := Score(Person{Given: "Vitya", Family: "Pesochny"}, entry); got.Which != 1 {
		t.Errorf("which name fitted: %d", got.Which)
	}
	if got := Score(Person{Given: "Sa'id", Family: "SA'ID"}, Listed{Names: []string{"SA'ID, Sa'id"}}); got.Total != 1 {
		t.Errorf("a name that is one word twice: %+v", got)
	}
	if got := Score(Person{Given: "Zulkarnaen", Family: "Zulkarnaen"}, Listed{Names: []string{"ZULKARNAEN"}}); got.Total != 1 {
		t.Errorf("a name of one word: %+v", got)
	}
}

var nameGen = rapid.Custom(func(t *rapid.T) string {
	words := rapid.SliceOfN(rapid.OneOf(
		rapid.SampledFrom([]string{"Maria", "Garcia", "al", "Abd", "Muhammad", "Mohamed", "Yusuf", "Li", "J.", "de", "O'Neil", "Łukasz", "Песочный", "Sa'id"}),
		rapid.StringMatching(`[A-Za-z]{1,9}`), rapid.StringN(0, 6, 24)), 0, 6).Draw(t, "words")
	return strings.Join(words, " ")
})

func TestNamesIsSymmetricAndBounded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := nameGen.Draw(t, "a"), nameGen.Draw(t, "b")
		there, back := Names(a, b), Names(b, a)
		if there != back {
			t.Fatalf("%q and %q: %v one way, %v the other", a, b, there, back)
		}
		if !(there >= 0 && there <= 1) { // not NaN either
			t.Fatalf("%q and %q: %v", a, b, there)
		}
		if f := Fold(a); Fold(f) != f {
			t.Fatalf("folding %q twice: %q", f, Fold(f))
		}
	})
}

func TestNamesIsOneForTheSameWords(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.SliceOfN(rapid.StringMatching(`[A-Z][a-z]{0,9}`), 1, 6).Draw(t, "words")
		turned := rapid.Permutation(words).Draw(t, "turned")
		if got := Names(strings.Join(words, " "), strings.ToUpper(strings.Join(turned, " "))); got < 1-1e-9 {
			t.Fatalf("%v and %v: %v", words, turned, got)
		}
	})
}

func TestAgreeingBirthNeverLowersAndDisagreeingNeverRaises(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := Person{Given: nameGen.Draw(t, "given"), Family: nameGen.Draw(t, "family")}
		l := Listed{Names: []string{nameGen.Draw(t, "listed")}, Births: []Birth{{First: "1970-05-16", Last: "1970-05-16"}}}
		without := Score(p, l).Total
		p.Born = "1970-05-16"
		if got := Score(p, l).Total; got < without {
			t.Fatalf("the same day lowered %v to %v", without, got)
		}
		p.Born = "1990-08-08"
		if got := Score(p, l).Total; got > without {
			t.Fatalf("another day raised %v to %v", without, got)
		}
	})
}
