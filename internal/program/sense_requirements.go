package program

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // a zone is known on every machine
)

// senseOfCertification finds what a schema cannot say of what is asked for.
func senseOfCertification(c Certification) []fault {
	var faults []fault
	bad := func(reason string, at ...string) { faults = append(faults, fault{reason, at}) }
	if c.Old() {
		switch { // a file in the old form has both
		case len(c.Quiz.Questions) == 0 && c.Agreement.Text == "":
			bad("asks for nothing: list what it asks for under requirements")
		case len(c.Quiz.Questions) == 0:
			bad("has no quiz; to ask for other things list them under requirements")
		case c.Agreement.Text == "":
			bad("has no agreement; to ask for other things list them under requirements")
		}
		if len(c.Quiz.Questions) > 0 {
			if c.Quiz.Attempts == 0 {
				bad("has no attempts", "quiz")
			}
			faults = append(faults, senseOfQuiz(c.Quiz, "quiz")...)
		}
		return faults
	}
	if len(c.Quiz.Questions) > 0 {
		bad("stands beside requirements: make it one of them", "quiz")
	}
	if c.Agreement.Text != "" {
		bad("stands beside requirements: make it one of them", "agreement")
	}
	seen := map[string]bool{}
	for i, r := range c.Requirements {
		at := func(path ...string) []string { return append([]string{"requirements", strconv.Itoa(i)}, path...) }
		if seen[r.ID] {
			bad(fmt.Sprintf("the requirement %q stands here twice", r.ID), at("id")...)
		}
		for k, before := range r.After {
			if !seen[before] {
				bad(fmt.Sprintf("%q is no requirement that stands before this one", before), at("after", strconv.Itoa(k))...)
			}
		}
		seen[r.ID] = true
		if quiz := r.Questions(); quiz != nil && quiz.Attempts > 0 {
			path := []string{"quiz", "attempts"}
			if r.Course != nil {
				path = []string{"course", "quiz", "attempts"}
			}
			bad("the attempts stand beside the kind, not in the quiz", at(path...)...)
		}
		for _, f := range senseOfRequirement(r) {
			faults = append(faults, fault{f.reason, at(f.at...)})
		}
	}
	return faults
}

// parts gives which of the kinds' members are there.
func (r Requirement) parts() []RequirementKind {
	var out []RequirementKind
	for _, p := range []struct {
		kind  RequirementKind
		there bool
	}{
		{KindCourse, r.Course != nil}, {KindQuiz, r.Quiz != nil}, {KindTyping, r.Typing != nil}, {KindListening, r.Listening != nil},
		{KindEquipment, r.Equipment != nil}, {KindAgreement, r.Agreement != nil}, {KindTax, r.Tax != nil}, {KindLive, r.Live != nil},
	} {
		if p.there {
			out = append(out, p.kind)
		}
	}
	return out
}

func senseOfRequirement(r Requirement) []fault {
	var faults []fault
	bad := func(reason string, at ...string) { faults = append(faults, fault{reason, at}) }
	parts := r.parts()
	for _, p := range parts {
		if p != r.Kind {
			bad(fmt.Sprintf("belongs to another kind than %q", r.Kind), string(p))
		}
	}
	if !slices.Contains(parts, r.Kind) {
		bad(fmt.Sprintf("has no %s, which its kind asks for", r.Kind))
		return faults
	}
	if r.Attempts > 0 && !r.attempted() {
		bad("there is nothing in it that could be tried and not passed", "attempts")
	}
	if r.RetryHours > 0 && !r.attempted() {
		bad("there is nothing in it that could be tried and not passed", "retry_hours")
	}
	switch r.Kind {
	case KindCourse:
		faults = append(faults, twice("page", idsOf(r.Course.Pages, func(p CoursePage) string { return p.ID }), "course", "pages")...)
		if r.Course.Quiz != nil {
			faults = append(faults, senseOfQuiz(*r.Course.Quiz, "course", "quiz")...)
		}
	case KindQuiz:
		faults = append(faults, senseOfQuiz(*r.Quiz, "quiz")...)
	case KindTyping:
		faults = append(faults, twice("passage", idsOf(r.Typing.Passages, func(p Passage) string { return p.ID }), "typing", "passages")...)
	case KindListening:
		faults = append(faults, senseOfListening(*r.Listening)...)
	case KindEquipment:
		faults = append(faults, twice("declaration", idsOf(r.Equipment.Declare, func(d Declaration) string { return d.ID }), "equipment", "declare")...)
	case KindLive:
		faults = append(faults, senseOfLive(*r.Live)...)
	case KindAgreement, KindTax: // the schema says all of it
	}
	return faults
}

// attempted reports whether the requirement can be tried and not passed.
func (r Requirement) attempted() bool {
	switch r.Kind {
	case KindCourse:
		return r.Course != nil && r.Course.Quiz != nil
	case KindQuiz, KindTyping, KindListening, KindEquipment, KindLive:
		return true
	case KindAgreement, KindTax:
	}
	return false
}

func idsOf[T any](list []T, id func(T) string) []string {
	out := make([]string, len(list))
	for i, x := range list {
		out[i] = id(x)
	}
	return out
}

// twice finds IDs that stand twice in the list at a path.
func twice(what string, ids []string, at ...string) []fault {
	var faults []fault
	seen := map[string]bool{}
	for i, id := range ids {
		if seen[id] {
			faults = append(faults, fault{fmt.Sprintf("the %s %q stands here twice", what, id), slices.Concat(at, []string{strconv.Itoa(i), "id"})})
		}
		seen[id] = true
	}
	return faults
}

func senseOfQuiz(quiz Quiz, at ...string) []fault {
	faults := twice("question", idsOf(quiz.Questions, func(q Question) string { return q.ID }), slices.Concat(at, []string{"questions"})...)
	bad := func(reason string, path ...string) { faults = append(faults, fault{reason, slices.Concat(at, path)}) }
	if quiz.Ask > len(quiz.Questions) {
		bad(fmt.Sprintf("is more than the number of questions, which is %d", len(quiz.Questions)), "ask")
	}
	switch {
	case quiz.PassMark > len(quiz.Questions):
		bad(fmt.Sprintf("is more than the number of questions, which is %d", len(quiz.Questions)), "pass_mark")
	case quiz.PassMark > quiz.Asked():
		bad(fmt.Sprintf("is more than the number of questions that are asked, which is %d", quiz.Asked()), "pass_mark")
	}
	if quiz.EachTopic {
		for _, f := range senseOfTopics(quiz) {
			bad(f.reason, f.at...)
		}
	}
	for i, q := range quiz.Questions {
		n := strconv.Itoa(i)
		for _, f := range twice("option", idsOf(q.Options, func(o Option) string { return o.ID }), "questions", n, "options") {
			bad(f.reason, f.at...)
		}
		if !q.Offers(q.Answer) {
			bad("is not the id of one of the options", "questions", n, "answer")
		}
	}
	return faults
}

// senseOfTopics finds what keeps an attempt from asking about each topic, evenly.
func senseOfTopics(quiz Quiz) []fault {
	var faults []fault
	of := map[string]int{}
	for i, q := range quiz.Questions {
		if q.Topic == "" {
			faults = append(faults, fault{"has no topic, and each_topic draws by topic", []string{"questions", strconv.Itoa(i)}})
		}
		of[q.Topic]++
	}
	if quiz.Asked() < len(of) {
		faults = append(faults, fault{fmt.Sprintf("is less than the number of topics, which is %d: not each could be asked about", len(of)), []string{"ask"}})
		return faults
	}
	for i, q := range quiz.Questions {
		if n := of[q.Topic]; n > 0 && n < quiz.Asked()/len(of) {
			faults = append(faults, fault{fmt.Sprintf("has too few questions in its topic, namely %d; an attempt asks %d of each topic", n, quiz.Asked()/len(of)), []string{"questions", strconv.Itoa(i), "topic"}})
			of[q.Topic] = 0
		}
	}
	return faults
}

func senseOfListening(l Listening) []fault {
	faults := twice("clip", idsOf(l.Clips, func(c Clip) string { return c.ID }), "listening", "clips")
	bad := func(reason string, path ...string) {
		faults = append(faults, fault{reason, append([]string{"listening"}, path...)})
	}
	if l.Ask > len(l.Clips) {
		bad(fmt.Sprintf("is more than the number of clips, which is %d", len(l.Clips)), "ask")
	}
	fields := make([]int, len(l.Clips))
	for i, c := range l.Clips {
		fields[i] = len(c.Fields)
		faults = append(faults, twice("field", idsOf(c.Fields, func(f ClipField) string { return f.ID }), "listening", "clips", strconv.Itoa(i), "fields")...)
		for k, f := range c.Fields {
			for n, answer := range f.Answers {
				if !strings.ContainsFunc(answer, func(r rune) bool { return r != ' ' && r != '-' && r != '.' }) {
					bad("nothing is left of this answer when spacing and dashes do not count", "clips", strconv.Itoa(i), "fields", strconv.Itoa(k), "answers", strconv.Itoa(n))
				}
			}
		}
	}
	faults = append(faults, senseOfRecordings(l)...)
	slices.Sort(fields) // the clips with the fewest fields may be drawn
	fewest, ask := 0, l.Ask
	if ask == 0 || ask > len(fields) {
		ask = len(fields)
	}
	for _, n := range fields[:ask] {
		fewest += n
	}
	if l.PassMark > fewest {
		bad(fmt.Sprintf("is more than the number of fields that may be asked for, which is %d", fewest), "pass_mark")
	}
	return faults
}

// senseOfRecordings finds languages that not every clip has, and answers of no field.
func senseOfRecordings(l Listening) []fault {
	var faults []fault
	all := map[string]bool{}
	for _, c := range l.Clips {
		for language := range c.In {
			all[language] = true
		}
	}
	for i, c := range l.Clips {
		at := []string{"listening", "clips", strconv.Itoa(i)}
		for _, language := range slices.Sorted(maps.Keys(all)) {
			r, ok := c.In[language]
			switch {
			case language == "en":
				faults = append(faults, fault{"English is the clip's own recording", slices.Concat(at, []string{"in", language})})
			case !ok:
				faults = append(faults, fault{fmt.Sprintf("has no recording in %q, and others have: an exercise is in one language from end to end", language), at})
			}
			for _, id := range slices.Sorted(maps.Keys(r.Answers)) {
				if !slices.ContainsFunc(c.Fields, func(f ClipField) bool { return f.ID == id }) {
					faults = append(faults, fault{"is no field of this clip", slices.Concat(at, []string{"in", language, "answers", id})})
				}
			}
		}
	}
	return faults
}

func senseOfLive(l Live) []fault {
	faults := twice("line", idsOf(l.Rubric, func(r Rubric) string { return r.ID }), "live", "rubric")
	bad := func(reason string, path ...string) {
		faults = append(faults, fault{reason, append([]string{"live"}, path...)})
	}
	if _, err := time.LoadLocation(l.TimeZone); err != nil || l.TimeZone == "Local" {
		bad("is no time zone such as America/New_York", "time_zone")
	}
	if l.PassMark > l.MaxScore() {
		bad(fmt.Sprintf("is more than the rubric gives, which is %d", l.MaxScore()), "pass_mark")
	}
	if l.LeadHours >= float64(24*l.HorizonDays) {
		bad(fmt.Sprintf("is no less than horizon_days, which are %d: nothing could be booked", l.HorizonDays), "lead_hours")
	}
	return faults
}
