package consent

import (
	"strings"
	"testing"
)

// TestParseNotice: a fault in a notice's file stops the start and says why.
func TestParseNotice(t *testing.T) {
	const right = "id: x\nversion: 1\nlanguage: en\nkind: privacy_consent\npurpose: account\ntitle: T: t\naction: A\n\nOne.\n\nTwo.\n"
	n, err := parseNotice(right)
	if err != nil || n.Text != "One.\n\nTwo." || n.Title != "T: t" || len(n.Paragraphs()) != 2 {
		t.Fatalf("%+v, %v", n, err)
	}
	for _, c := range []struct{ name, old, new, says string }{
		{"no head", "\n\n", "\n", "no empty line"},
		{"a line without a value", "version: 1", "version", `"version" has no value`},
		{"an unknown line", "id: x", "id: x\ncolor: red", `unknown head line "color"`},
		{"no id", "id: x\n", "", "all needed"},
		{"no version", "version: 1\n", "", "all needed"},
		{"no language", "language: en\n", "", "all needed"},
		{"no title", "title: T: t\n", "", "all needed"},
		{"no action", "action: A\n", "", "all needed"},
		{"no text", "One.\n\nTwo.\n", "", "all needed"},
		{"a purpose that there is not", "purpose: account", "purpose: advertising", "no purpose"},
		{"no purpose", "purpose: account\n", "", "no purpose"},
		{"a kind that the purpose does not ask for", "kind: privacy_consent", "kind: fcra_authorization", "not asked for"},
		{"no kind", "kind: privacy_consent\n", "", "not asked for"},
	} {
		t.Run(c.name, func(t *testing.T) {
			file := strings.ReplaceAll(right, c.old, c.new)
			if file == right {
				t.Fatal("nothing was changed")
			}
			if _, err := parseNotice(file); err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v; want %q", err, c.says)
			}
		})
	}
}
