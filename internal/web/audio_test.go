package web

import (
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestRecordingsArePlayedInParts holds for every recording: it has its transcript, it
// is small, a player may ask for a part of it, and it is kept.
func TestRecordingsArePlayedInParts(t *testing.T) {
	f := newFixture(t, nil)
	texts, err := filepath.Glob("audio/*.txt")
	if err != nil || len(texts) == 0 {
		t.Fatalf("no texts: %v", err)
	}
	clips, err := filepath.Glob("audio/*.mp3")
	if err != nil || len(clips) != len(texts) {
		t.Fatalf("%d recordings of %d texts (%v)", len(clips), len(texts), err)
	}
	for _, text := range texts {
		name := strings.TrimSuffix(filepath.Base(text), ".txt") + ".mp3"
		address, err := f.site.Asset(name)
		if err != nil {
			t.Fatal(err)
		}
		get := httptest.NewRequest("GET", address, nil)
		get.Header.Set("Accept-Encoding", "gzip, deflate, br, zstd")
		whole := f.do(get)
		if whole.Code != 200 || whole.Header().Get("Content-Type") != "audio/mpeg" || whole.Header().Get("Accept-Ranges") != "bytes" ||
			!strings.Contains(whole.Header().Get("Cache-Control"), "immutable") || whole.Header().Get("Content-Encoding") != "" {
			t.Errorf("%s: %d %v", name, whole.Code, whole.Header())
		}
		if n := whole.Body.Len(); n < 50_000 || n > 125_000 {
			t.Errorf("%s has %d bytes", name, n)
		}
		r := httptest.NewRequest("GET", address, nil)
		r.Header.Set("Range", "bytes=1000-1999")
		r.Header.Set("If-Range", whole.Header().Get("ETag"))
		r.Header.Set("Accept-Encoding", "gzip, deflate, br, zstd")
		part := f.do(r)
		if part.Code != 206 || part.Body.String() != whole.Body.String()[1000:2000] || !strings.HasPrefix(part.Header().Get("Content-Range"), "bytes 1000-1999/") {
			t.Errorf("%s: a part is %d %v", name, part.Code, part.Header())
		}
		said, err := os.ReadFile(text)
		if err != nil {
			t.Fatal(err)
		}
		for _, number := range spoken.FindAllString(strings.ToLower(string(said)), -1) {
			if !strings.HasPrefix(number, "five, five, five. zero, one") && !strings.HasPrefix(number, "cinco, cinco, cinco. cero, uno") {
				t.Errorf("%s speaks of a number that somebody may have: %q", name, number)
			}
		}
	}
}

// spoken is what follows the area code of a telephone number in a transcript.
var spoken = regexp.MustCompile(`[a-z]+, [a-z]+, [a-z]+\. [a-z]+, [a-z]+, [a-z]+, [a-z]+`)
