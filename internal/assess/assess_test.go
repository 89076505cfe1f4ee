package assess_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/assess"
	"github.com/vouchsafe/vouchsafe/internal/program"
)

func pool(n, ask int, shuffle bool) program.Quiz {
	q := program.Quiz{Ask: ask, Shuffle: shuffle}
	for i := range n {
		q.Questions = append(q.Questions, program.Question{ID: fmt.Sprint("q", i), Answer: "b",
			Options: []program.Option{{ID: "a", Text: "A"}, {ID: "b", Text: "B"}, {ID: "c", Text: "C"}}})
	}
	return q
}

func ids(list []program.Question) []string {
	var out []string
	for _, q := range list {
		out = append(out, q.ID)
	}
	return out
}

// TestDraw: whatever the pool and the attempt, the draw is the same each time it is
// made, has as many questions as are asked, none twice, each with all its options.
func TestDraw(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // a test's
	differ := 0
	for range 300 {
		n := 1 + rng.IntN(12)
		quiz := pool(n, rng.IntN(n+1), rng.IntN(2) == 0)
		seed := assess.Seed{Applicant: fmt.Sprint(rng.Int()), Requirement: "r", Attempt: 1 + rng.IntN(3)}
		got := assess.Questions(quiz, seed)
		if again := assess.Questions(quiz, seed); fmt.Sprint(got) != fmt.Sprint(again) {
			t.Fatalf("two draws of one attempt differ: %v, %v", got, again)
		}
		if len(got) != quiz.Asked() {
			t.Fatalf("%d of %d drawn", len(got), quiz.Asked())
		}
		drawn := ids(got)
		slices.Sort(drawn)
		if len(slices.Compact(drawn)) != len(got) {
			t.Fatalf("one comes twice: %v", ids(got))
		}
		for _, q := range got {
			if len(q.Options) != 3 || !q.Offers("a") || !q.Offers("b") || !q.Offers("c") {
				t.Fatalf("options are lost: %+v", q)
			}
		}
		next := seed
		next.Attempt++
		if fmt.Sprint(assess.Questions(quiz, next)) != fmt.Sprint(got) {
			differ++
		}
		if fmt.Sprint(quiz) != fmt.Sprint(pool(n, quiz.Ask, quiz.Shuffle)) {
			t.Fatal("the draw changed the program")
		}
	}
	if differ < 100 {
		t.Errorf("the next attempt differs in %d of 300", differ)
	}
}

// TestDrawIsFair: every question of a pool comes about as often as any other.
func TestDrawIsFair(t *testing.T) {
	quiz, seen := pool(6, 2, true), map[string]int{}
	const n = 6000
	for i := range n {
		for _, q := range assess.Questions(quiz, assess.Seed{Applicant: fmt.Sprint("a", i), Requirement: "r", Attempt: 1}) {
			seen[q.ID]++
		}
	}
	for id, times := range seen {
		if math.Abs(float64(times)-n/3) > 250 { // six standard deviations
			t.Errorf("%s came %d times of about %d", id, times, n/3)
		}
	}
	if len(seen) != 6 {
		t.Errorf("%v", seen)
	}
}

func TestUnshuffledKeepsTheFilesOrder(t *testing.T) {
	quiz := pool(8, 4, false)
	got := ids(assess.Questions(quiz, assess.Seed{Applicant: "x", Attempt: 1}))
	if !slices.IsSorted(got) || len(got) != 4 {
		t.Errorf("%v", got)
	}
	if all := ids(assess.Questions(pool(8, 0, false), assess.Seed{})); len(all) != 8 || !slices.IsSorted(all) {
		t.Errorf("%v", all)
	}
}

func TestQuizIsScored(t *testing.T) {
	quiz, seed := pool(5, 3, true), assess.Seed{Applicant: "x", Attempt: 2}
	asked := assess.Questions(quiz, seed)
	answers := map[string]string{asked[0].ID: "b", asked[1].ID: "a", asked[2].ID: "b"}
	if score, of := assess.Quiz(quiz, seed, answers); score != 2 || of != 3 {
		t.Errorf("%d of %d", score, of)
	}
	if missing := assess.Unanswered(quiz, seed, answers); missing != "" {
		t.Errorf("%s is missing", missing)
	}
	answers[asked[1].ID] = "z"
	if missing := assess.Unanswered(quiz, seed, answers); missing != asked[1].ID {
		t.Errorf("%q is missing, want %s", missing, asked[1].ID)
	}
}

// TestPassageComesAgainLast: who begins anew gets every other text first.
func TestPassageComesAgainLast(t *testing.T) {
	typing := program.Typing{Passages: []program.Passage{{ID: "a"}, {ID: "b"}, {ID: "c"}}}
	seen := map[string]int{}
	for start := range 6 {
		seen[assess.Passage(typing, assess.Seed{Applicant: "x", Attempt: 1, Start: start}).ID]++
		if start == 2 && len(seen) != 3 {
			t.Errorf("after three starts: %v", seen)
		}
	}
	if seen["a"] != 2 || seen["b"] != 2 || seen["c"] != 2 {
		t.Errorf("%v", seen)
	}
}

func TestSame(t *testing.T) {
	for _, c := range []struct {
		typed  string
		answer string
		same   bool
	}{
		{"503-555-0142", "5035550142", true}, {" (503) 555 0142 ", "503-555-0142", true}, {"DENVER", "Denver", true}, {"Dénver.", "Denver", true},
		{"2:15 p.m.", "215PM", true}, {"５０３", "503", true}, {"50355501", "5035550142", false}, {"", "Denver", false}, {" - ", "-", false}, {"Dever", "Denver", false},
	} {
		if got := assess.Same(c.typed, "something else", c.answer); got != c.same {
			t.Errorf("%q and %q: %v", c.typed, c.answer, got)
		}
	}
}

func TestListeningIsScored(t *testing.T) {
	l := program.Listening{Ask: 1, Clips: []program.Clip{{ID: "c1", Fields: []program.ClipField{{ID: "n", Answers: []string{"7"}}, {ID: "m", Answers: []string{"eight", "8"}}}},
		{ID: "c2", Fields: []program.ClipField{{ID: "n", Answers: []string{"7"}}, {ID: "m", Answers: []string{"eight", "8"}}}}}}
	seed := assess.Seed{Applicant: "x", Attempt: 1}
	clips := assess.Clips(l, seed)
	if len(clips) != 1 {
		t.Fatalf("%v", clips)
	}
	if score, of := assess.Listening(l, seed, map[string]string{assess.Key(clips[0].ID, "n"): "7", assess.Key(clips[0].ID, "m"): "Eight"}); score != 2 || of != 2 {
		t.Errorf("%d of %d", score, of)
	}
	if score, of := assess.Listening(l, seed, nil); score != 0 || of != 2 {
		t.Errorf("%d of %d", score, of)
	}
}

func TestTyping(t *testing.T) {
	const text = "Thank you for calling. It's the \"left\" one - not the right."
	spaced := "  Thank you  for calling.\r\nIt\u2019s the \u201cleft\u201d one \u2013 not the right. "
	for typed, want := range map[string]int{
		text: 0, spaced: 0,
		strings.Replace(text, "calling", "caling", 1): 1, strings.Replace(text, "left", "lefft", 1): 1, strings.ToUpper(text[:1]) + "x" + text[2:]: 1,
	} {
		if _, errors := assess.Typed(text, typed); errors != want {
			t.Errorf("%q: %d errors, want %d", typed, errors, want)
		}
	}
	length := assess.Length(text)
	if s := assess.Speedy(length, length, 0, time.Minute); math.Abs(s.WPM-float64(length)/5) > 0.001 || s.Accuracy != 100 || s.TooFast {
		t.Errorf("%+v of %d characters", s, length)
	}
	if s := assess.Speedy(300, 300, 30, time.Minute); s.WPM != 54 || s.Accuracy != 90 {
		t.Errorf("%+v", s)
	}
	if s := assess.Speedy(300, 150, 150, time.Minute); s.Accuracy != 50 || s.WPM != 0 {
		t.Errorf("half of the text: %+v", s)
	}
	if s := assess.Speedy(300, 300, 0, 2*time.Second); !s.TooFast || s.Passes(program.Typing{MinWPM: 1, MinAccuracy: 1}) {
		t.Errorf("pasted: %+v", s)
	}
	if s := assess.Speedy(300, 0, 300, time.Minute); s != (assess.Speed{}) {
		t.Errorf("nothing: %+v", s)
	}
}

// FuzzTyped: whatever is typed, the count is a count, as the text itself it has no
// slips, and it is never slow for being huge.
func FuzzTyped(f *testing.F) {
	f.Add("Thank you", "thank you")
	f.Add("\xff\xfe", "\u202eabc")
	f.Fuzz(func(t *testing.T, shown, typed string) {
		if len(shown) > 2000 {
			return
		}
		characters, errors := assess.Typed(shown, typed)
		if characters < 0 || characters > assess.MaxTyped || errors < 0 || errors > max(characters, assess.Length(shown)) {
			t.Errorf("%q, %q: %d, %d", shown, typed, characters, errors)
		}
		if _, own := assess.Typed(shown, shown); own != 0 {
			t.Errorf("%q has %d slips against itself", shown, own)
		}
		if s := assess.Speedy(assess.Length(shown), characters, errors, time.Minute); s.WPM < 0 || s.Accuracy < 0 || s.Accuracy > 100 || math.IsNaN(s.WPM) {
			t.Errorf("%+v", s)
		}
	})
}

// FuzzSame: what is the same one way is the same the other way, and itself.
func FuzzSame(f *testing.F) {
	f.Add("503-555-0142", "(503) 555 0142")
	f.Add("é", "e\u0301")
	f.Fuzz(func(t *testing.T, a, b string) {
		if assess.Same(a, b) != assess.Same(b, a) {
			t.Errorf("%q, %q", a, b)
		}
		if assess.Same(a, b) && !assess.Same(a, a) {
			t.Errorf("%q is not the same as itself", a)
		}
	})
}

func TestEquipment(t *testing.T) {
	e := program.Equipment{MinDownMbps: 10, MinUpMbps: 3, MaxLatencyMS: 100, Microphone: true, Declare: []program.Declaration{{ID: "a"}, {ID: "b"}}}
	good := assess.Line{Down: 10, Up: 3, Latency: 100, Microphone: true}
	if !good.Enough(e) || !good.Sound() {
		t.Error("just enough is enough")
	}
	for _, bad := range []assess.Line{{Down: 9, Up: 3, Latency: 100, Microphone: true}, {Down: 10, Up: 2, Latency: 100, Microphone: true}, {Down: 10, Up: 3, Latency: 101, Microphone: true}, {Down: 10, Up: 3, Latency: 100}} {
		if bad.Enough(e) {
			t.Errorf("%+v is enough", bad)
		}
	}
	for _, odd := range []assess.Line{{}, {Down: -1, Up: 1, Latency: 1}, {Down: math.NaN(), Up: 1, Latency: 1}, {Down: math.Inf(1), Up: 1, Latency: 1}} {
		if odd.Sound() {
			t.Errorf("%+v is a measurement", odd)
		}
	}
	if missing, _ := assess.Declared(e, map[string]bool{"a": true}); missing != "b" {
		t.Errorf("%q is missing", missing)
	}
	if missing, all := assess.Declared(e, map[string]bool{"a": true, "b": false}); missing != "" || all {
		t.Error("a no counts as yes")
	}
}

func live() program.Live {
	return program.Live{Minutes: 30, Weekdays: []string{"mon", "sun"}, Hours: []string{"02:30", "09:00"}, TimeZone: "America/New_York", LeadHours: 24, HorizonDays: 14, Seats: 1,
		Rubric: []program.Rubric{{ID: "a", Max: 2}, {ID: "b", Max: 3}}}
}

// TestSlots: they are of the program's zone, also over a change of the clock, and of
// the time that may be booked.
func TestSlots(t *testing.T) {
	now := time.Date(2026, 3, 6, 15, 0, 0, 0, time.UTC) // a Friday; on Sunday the 8th New York's clock goes forward at two
	slots, err := assess.Slots(live(), now)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range slots {
		got = append(got, s.Format("01-02 15:04"))
	}
	want := []string{"03-08 13:00", "03-09 06:30", "03-09 13:00", "03-15 06:30", "03-15 13:00", "03-16 06:30", "03-16 13:00"} // no 2:30 on the 8th
	if !slices.Equal(got, want) {
		t.Errorf("%v", got)
	}
	for _, s := range slots {
		if ok, err := assess.Offered(live(), s, now); !ok || err != nil {
			t.Errorf("%s is not offered: %v", s, err)
		}
	}
	for _, s := range []time.Time{slots[0].Add(time.Minute), now.Add(time.Hour), slots[0].AddDate(0, 0, 28)} {
		if ok, _ := assess.Offered(live(), s, now); ok {
			t.Errorf("%s is offered", s)
		}
	}
	wrong := live()
	wrong.TimeZone = "Mars/Olympus"
	if _, err := assess.Slots(wrong, now); err == nil {
		t.Error("there is no such zone")
	}
}

func TestRubric(t *testing.T) {
	if sum, wrong := assess.Rubric(live(), map[string]int{"a": 2, "b": 3}); sum != 5 || wrong != "" {
		t.Errorf("%d, %q", sum, wrong)
	}
	for _, scores := range []map[string]int{{"b": 1}, {"a": 3, "b": 1}, {"a": -1, "b": 1}} {
		if _, wrong := assess.Rubric(live(), scores); wrong != "a" {
			t.Errorf("%v: %q is wrong", scores, wrong)
		}
	}
}
