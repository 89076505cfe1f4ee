package browsertest

import (
	"os"
	"path/filepath"
	"testing"
)

// evidenceFile is a small PDF to hand in with an answer.
func evidenceFile(t testing.TB) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "dismissed.pdf")
	body := "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
	if err := os.WriteFile(path, []byte(body), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
