package portal

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"gopkg.in/yaml.v3"
)

// missing are the texts that pages showed in these tests and for which a language
// has no words: every page is made in every language, whichever the test asks for.
var missing = struct {
	sync.Mutex
	texts map[string]bool
}{texts: map[string]bool{}}

func heard(language, english string) {
	missing.Lock()
	defer missing.Unlock()
	if !slices.Contains(notOurs, english) {
		missing.texts[language+": "+english] = true
	}
}

// notOurs are words of the fake service and of the tests.
var notOurs = []string{"Individualized assessment: Example", "This cannot be done now.", "Look at its status.", "How much time has passed", "odd", "That is 6000 characters. Shorten it.", "This is another's.",
	"That is no entry of the report. Name entries.", "This number cannot exist. Copy it from your card.", "This number is not in use. Give another.",
	"We cannot take this e-mail address for this application. Give another one.", "You have changed nothing. Change what is wrong.",
	"This is not a taxpayer number. It has nine digits.", "Show the text from /api/v1/notices without a change and send its sha256."}

// TestMain fails the run when a page has shown words of ours that stand in no
// catalog. It says them so that they can be copied into internal/words.
func TestMain(m *testing.M) {
	code := m.Run()
	if len(missing.texts) > 0 {
		var list []string
		for text := range missing.texts {
			tag, english, _ := strings.Cut(text, ": ")
			line, err := yaml.Marshal(map[string]string{english: ""})
			if err != nil {
				panic(err)
			}
			list = append(list, tag+": "+strings.TrimSpace(string(line)))
		}
		slices.Sort(list)
		fmt.Printf("These words of ours have no translation in internal/words; give it where the others stand:\n%s\n", strings.Join(list, "\n"))
		if wordsBite {
			code = 1
		}
	}
	os.Exit(code)
}

// wordsBite says that a missing translation fails the run.
const wordsBite = true
