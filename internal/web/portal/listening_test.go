package portal

import (
	"strings"
	"testing"

	"github.com/vouchsafe/vouchsafe/internal/program"
)

// TestListeningInTheApplicantsLanguage: who has the pages in Spanish hears the calls in
// Spanish where the program has them so; where it has not, the page says that they are
// in English, and why.
func TestListeningInTheApplicantsLanguage(t *testing.T) {
	h := newHouse(t)
	b, c := h.certifying()
	var exercise *program.Listening
	for _, pr := range []program.Program{c.view.Edition, h.fake.programs[len(h.fake.programs)-1]} {
		if step, ok := pr.Certification.Step("calls"); ok {
			exercise = step.Listening
		}
	}
	if exercise == nil {
		t.Fatal("there is no listening exercise")
	}
	plays := func(name string) {
		t.Helper()
		if !strings.Contains(b.body, `src="/assets/`+name+`-`) {
			t.Errorf("%s is not played:\n%s", name, b.body)
		}
	}
	b.get(at + "/calls").silent("The calls are in English")
	plays("call-order.en")
	b.get(at + "/calls?lang=es").says("Las llamadas son en inglés, y lo que usted anota se compara con el inglés.").silent("because")
	plays("call-order.en")
	exercise.Because = "Quienes llaman hablan inglés."
	b.get(at + "/calls").says("se compara con el inglés. Quienes llaman hablan inglés.")
	exercise.Clips[0].In = map[string]program.Recording{"es": {Audio: "call-order.es", Transcript: "…"}}
	b.get(at+"/calls").silent("Las llamadas son en inglés", "Quienes llaman hablan")
	plays("call-order.es")
	b.get(at+"/calls?lang=en").silent("The calls are in English", "Quienes llaman hablan")
	plays("call-order.en")
}

// TestRecordingsAreThere: a recording in another language that is not there stops the
// start too.
func TestRecordingsAreThere(t *testing.T) {
	h := newHouse(t)
	p := program.Program{ID: "p", Certification: program.Certification{Requirements: []program.Requirement{{ID: "calls", Kind: program.KindListening,
		Listening: &program.Listening{Clips: []program.Clip{{ID: "c", Audio: "call-order.en", In: map[string]program.Recording{"es": {Audio: "call-order.es"}}}}}}}}}
	if err := checkAudio(h.portal.site, []program.Program{p}); err != nil {
		t.Error(err)
	}
	p.Certification.Requirements[0].Listening.Clips[0].In["es"] = program.Recording{Audio: "call-nobody.es"}
	if err := checkAudio(h.portal.site, []program.Program{p}); err == nil || !strings.Contains(err.Error(), `"call-nobody.es"`) {
		t.Errorf("%v", err)
	}
}
