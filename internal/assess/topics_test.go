package assess_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/vouchsafe/vouchsafe/internal/assess"
	"github.com/vouchsafe/vouchsafe/internal/program"
)

// TestEachTopicIsAsked: whatever the attempt, no topic has more than one question more
// than another, none comes twice, every question has its turn, and each topic now and
// then gives the odd one.
func TestEachTopicIsAsked(t *testing.T) {
	for _, shuffle := range []bool{false, true} {
		quiz := pool(12, 7, shuffle)
		quiz.EachTopic = true
		for i := range quiz.Questions {
			quiz.Questions[i].Topic = []string{"calls", "secrets", "desk"}[i%3]
		}
		seen, odd := map[string]int{}, map[string]int{}
		for n := range 400 {
			seed := assess.Seed{Applicant: fmt.Sprint("a", n), Requirement: "r", Attempt: 1 + n%3}
			got := assess.Questions(quiz, seed)
			if again := assess.Questions(quiz, seed); !slices.Equal(ids(got), ids(again)) {
				t.Fatalf("two draws of one attempt differ: %v, %v", ids(got), ids(again))
			}
			drawn := ids(got)
			if !shuffle && !slices.IsSortedFunc(got, func(a, b program.Question) int { return place(quiz, a.ID) - place(quiz, b.ID) }) {
				t.Fatalf("not in the file's order: %v", drawn)
			}
			slices.Sort(drawn)
			if len(drawn) != 7 || len(slices.Compact(drawn)) != 7 {
				t.Fatalf("drawn: %v", ids(got))
			}
			of := map[string]int{}
			for _, q := range got {
				of[q.Topic]++
				seen[q.ID]++
			}
			for _, topic := range []string{"calls", "secrets", "desk"} {
				if of[topic] < 2 || of[topic] > 3 {
					t.Fatalf("of each topic: %v", of)
				}
				odd[topic] += of[topic] - 2
			}
		}
		if len(seen) != 12 || len(odd) != 3 {
			t.Errorf("questions %v, topics with one more %v", seen, odd)
		}
		for topic, n := range odd {
			if n < 80 || n > 190 { // of 400, a third each
				t.Errorf("%s gives the odd one %d times of 400", topic, n)
			}
		}
	}
}

func place(quiz program.Quiz, id string) int {
	return slices.IndexFunc(quiz.Questions, func(q program.Question) bool { return q.ID == id })
}

// TestHealthLineAsksOfEachTopic: every attempt at the shipped quiz asks two questions of
// each page of its course, and what was not right is told by the page to read again.
func TestHealthLineAsksOfEachTopic(t *testing.T) {
	set, err := program.Load("../program/files")
	if err != nil {
		t.Fatal(err)
	}
	p, err := set.Get("health-line")
	if err != nil {
		t.Fatal(err)
	}
	step, _ := p.Certification.Step("course")
	var pages []string
	for _, page := range step.Course.Pages {
		pages = append(pages, page.Title)
	}
	slices.Sort(pages)
	for n := range 50 {
		seed := assess.Seed{Applicant: fmt.Sprint("a", n), Requirement: "course", Attempt: 1 + n%3}
		var topics []string
		for _, q := range assess.Questions(*step.Course.Quiz, seed) {
			topics = append(topics, q.Topic)
		}
		slices.Sort(topics)
		var want []string
		for _, page := range pages {
			want = append(want, page, page)
		}
		if !slices.Equal(topics, want) {
			t.Fatalf("an attempt asks about %q", topics)
		}
		again := assess.Topics(*step.Course.Quiz, seed, nil)
		slices.Sort(again)
		if !slices.Equal(again, pages) {
			t.Fatalf("to be read again: %q", again)
		}
	}
}
