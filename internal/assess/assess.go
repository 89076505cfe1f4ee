// Package assess draws and scores what a certification asks an applicant to do:
// quizzes, typing tests, listening exercises, equipment, and the times of live
// assessments. It is pure: the same arguments give the same answer, so that the
// page that shows an attempt and whoever scores it need not remember what was
// drawn.
package assess

import (
	"crypto/sha256"
	"encoding/binary"
	"sort"

	"github.com/vouchsafe/vouchsafe/internal/program"
)

// Seed names one attempt of one applicant. What is drawn follows from it alone.
type Seed struct {
	Applicant   string
	Requirement string
	Attempt     int
	Start       int // of a typing test: how often a text was shown in this attempt
}

// rank gives an item's place in the draw: a number that nobody can choose.
func (s Seed) rank(parts ...string) uint64 {
	h := sha256.New()
	for _, p := range append([]string{s.Applicant, s.Requirement}, parts...) {
		h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(p))))
		h.Write([]byte(p))
	}
	h.Write(binary.BigEndian.AppendUint64(nil, uint64(s.Attempt)))
	h.Write(binary.BigEndian.AppendUint64(nil, uint64(s.Start)))
	return binary.BigEndian.Uint64(h.Sum(nil))
}

// drawn gives n of the items (0: all) as their places in the list: in the order of
// the draw when shuffled, else in the list's own.
func (s Seed) drawn(ids []string, n int, shuffled bool, under ...string) []int {
	places := make([]int, len(ids))
	ranks := make([]uint64, len(ids))
	for i, id := range ids {
		places[i], ranks[i] = i, s.rank(append(under, id)...)
	}
	sort.SliceStable(places, func(a, b int) bool { return ranks[places[a]] < ranks[places[b]] })
	if n > 0 && n < len(places) {
		places = places[:n]
	}
	if !shuffled {
		sort.Ints(places)
	}
	return places
}

// asked gives the places in the pool of the questions of an attempt.
func (s Seed) asked(quiz program.Quiz) []int {
	ids := make([]string, len(quiz.Questions))
	for i, q := range quiz.Questions {
		ids[i] = q.ID
	}
	if !quiz.EachTopic {
		return s.drawn(ids, quiz.Ask, quiz.Shuffle, "question")
	}
	// By turns: the first of each topic, then the second, and so on. Which topics give
	// the odd ones is drawn as well.
	var topics []string
	of := map[string][]int{}
	for _, i := range s.drawn(ids, 0, true, "question") {
		topic := quiz.Questions[i].Topic
		if len(of[topic]) == 0 {
			topics = append(topics, topic)
		}
		of[topic] = append(of[topic], i)
	}
	sort.Strings(topics)
	turns := s.drawn(topics, 0, true, "topic")
	var out []int
	for round := 0; len(out) < quiz.Asked(); round++ {
		for _, k := range turns {
			if of := of[topics[k]]; round < len(of) && len(out) < quiz.Asked() {
				out = append(out, of[round])
			}
		}
	}
	if !quiz.Shuffle {
		sort.Ints(out)
		return out
	}
	sort.Slice(out, func(a, b int) bool {
		return s.rank("question", ids[out[a]]) < s.rank("question", ids[out[b]])
	})
	return out
}

// Questions gives the questions of an attempt, drawn from the quiz's pool.
func Questions(quiz program.Quiz, s Seed) []program.Question {
	var out []program.Question
	for _, i := range s.asked(quiz) {
		q := quiz.Questions[i]
		if quiz.Shuffle {
			options := make([]string, len(q.Options))
			for k, o := range q.Options {
				options[k] = o.ID
			}
			shuffled := make([]program.Option, 0, len(q.Options))
			for _, k := range s.drawn(options, 0, true, "option", q.ID) {
				shuffled = append(shuffled, q.Options[k])
			}
			q.Options = shuffled
		}
		out = append(out, q)
	}
	return out
}

// Unanswered gives the first question of the attempt that has no answer of its own
// among answers (option IDs by question ID); "" when every one has.
func Unanswered(quiz program.Quiz, s Seed, answers map[string]string) string {
	for _, q := range Questions(quiz, s) {
		if answer, ok := answers[q.ID]; !ok || !q.Offers(answer) {
			return q.ID
		}
	}
	return ""
}

// Quiz scores the answers of an attempt: how many are right, of how many.
func Quiz(quiz program.Quiz, s Seed, answers map[string]string) (score, of int) {
	asked := Questions(quiz, s)
	for _, q := range asked {
		if answers[q.ID] == q.Answer {
			score++
		}
	}
	return score, len(asked)
}

// Topics gives what the questions are about that were not answered right, each once,
// in the pool's order: it says what to read again and not what would be right.
func Topics(quiz program.Quiz, s Seed, answers map[string]string) []string {
	wrong := map[string]bool{}
	for _, q := range Questions(quiz, s) {
		if answers[q.ID] != q.Answer && q.Topic != "" {
			wrong[q.Topic] = true
		}
	}
	var out []string
	for _, q := range quiz.Questions {
		if wrong[q.Topic] {
			out = append(out, q.Topic)
			delete(wrong, q.Topic)
		}
	}
	return out
}

// Passage gives the text of a typing test. Of those that were shown in the same
// attempt before none comes again until all had their turn.
func Passage(t program.Typing, s Seed) program.Passage {
	ids := make([]string, len(t.Passages))
	for i, p := range t.Passages {
		ids[i] = p.ID
	}
	start := s.Start
	s.Start = 0
	order := s.drawn(ids, 0, true, "passage")
	return t.Passages[order[start%len(order)]]
}

// Clips gives the clips of an attempt, drawn from the exercise's.
func Clips(l program.Listening, s Seed) []program.Clip {
	ids := make([]string, len(l.Clips))
	for i, c := range l.Clips {
		ids[i] = c.ID
	}
	var out []program.Clip
	for _, i := range s.drawn(ids, l.Ask, false, "clip") {
		out = append(out, l.Clips[i])
	}
	return out
}

// Key is what the answer to a clip's field goes by.
func Key(clip, field string) string { return clip + "." + field }

// Listening scores what was noted down, by Key: how many fields are right, of how many.
func Listening(l program.Listening, s Seed, noted map[string]string) (score, of int) {
	for _, c := range Clips(l, s) {
		for _, f := range c.Fields {
			of++
			if Same(noted[Key(c.ID, f.ID)], c.Right(f)...) {
				score++
			}
		}
	}
	return score, of
}
