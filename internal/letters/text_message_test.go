package letters_test

import (
	"strings"
	"testing"

	"github.com/vouchsafe/vouchsafe/internal/letters"
	"github.com/vouchsafe/vouchsafe/internal/words"
)

// gsm7 is the basic character set of GSM 03.38, without its line breaks.
const gsm7 = "@£$¥èéùìòÇØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"

// TestTextMessages: each is there in every language and differs from the English
// one, fits the phones' own alphabet, says how to stop, and never what the news is.
func TestTextMessages(t *testing.T) {
	f := letters.TextFacts{Program: "Support Basics", Number: 3, Link: "https://apply.example.com/apply/status", Contacts: []string{"Support Basics: write to help@example.com"}}
	all := map[string]func(letters.TextFacts) (string, error){"news": letters.Text, "help": letters.TextHelp, "start": letters.TextStart, "stopped": letters.TextStopped}
	for name, write := range all {
		said := map[string]string{}
		for _, l := range words.Languages() {
			f.Language = l.Tag
			text, err := write(f)
			if err != nil {
				t.Fatalf("%s in %s: %v", name, l.Tag, err)
			}
			said[text] = l.Tag
			for _, r := range text {
				if !strings.ContainsRune(gsm7, r) {
					t.Errorf("%s in %s has %q, which no phone's own alphabet has", name, l.Tag, r)
				}
			}
			if strings.Contains(text, "  ") || strings.TrimSpace(text) != text || len(text) > 320 {
				t.Errorf("%s in %s: %q", name, l.Tag, text)
			}
			for fact, in := range map[string][]string{f.Link: {"news", "help", "start"}, "STOP": {"news", "help"}, "HELP": {"news"}, "(no. 3)": {"news"}, "Support Basics: ": {"news", "help"}, "help@example.com.": {"help"}} {
				for _, n := range in {
					if n == name && !strings.Contains(text, fact) {
						t.Errorf("%s in %s does not say %q: %s", name, l.Tag, fact, text)
					}
				}
			}
		}
		if len(said) != len(words.Languages()) {
			t.Errorf("%s is the same in two languages: %v", name, said)
		}
	}
	if text, err := letters.Text(letters.TextFacts{Language: "tlh", Program: "Support Basics", Link: f.Link}); err != nil || !strings.Contains(text, "there is news") {
		t.Errorf("in a language that we do not have: %q, %v", text, err)
	}
	for _, hole := range []letters.TextFacts{{Program: "Support Basics"}, {Link: f.Link}} {
		if text, err := letters.Text(hole); err == nil {
			t.Errorf("a message with a hole in it: %q", text)
		}
	}
}
