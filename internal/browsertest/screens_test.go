package browsertest

import (
	"fmt"
	"html/template"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"

	"github.com/chromedp/cdproto/page"
)

// shot is a page of which there are pictures.
type shot struct {
	Journey, Title, Path string
	Status               int64
	Phone, Desk          string // files
}

var album struct {
	mu    sync.Mutex
	shots []shot
	known map[string]bool
}

var plainName = regexp.MustCompile(`[^a-z0-9]+`)

// shoot keeps a picture of the page at both widths, if pictures are wanted, unless
// there is one that shows the same.
func shoot(b *tab) {
	b.Helper()
	dir := os.Getenv(screensEnv)
	if dir == "" {
		return
	}
	path := reference.ReplaceAllString(b.path(), "ID")
	print := path + changing.ReplaceAllString(b.text(), "")
	album.mu.Lock()
	if album.known == nil {
		album.known = map[string]bool{}
	}
	known := album.known[print]
	album.known[print] = true
	n := len(album.shots)
	s := shot{Journey: strings.TrimPrefix(b.Name(), "TestJourneys/"), Title: js[string](b, `document.title`), Path: path, Status: b.status()}
	name := fmt.Sprintf("%03d-%s", n, strings.Trim(plainName.ReplaceAllString(strings.ToLower(path), "-"), "-"))
	s.Phone, s.Desk = name+"-360.png", name+"-1280.png"
	if !known {
		album.shots = append(album.shots, s)
	}
	album.mu.Unlock()
	if known {
		return
	}
	for file, width := range map[string]int64{s.Phone: phoneWidth, s.Desk: deskWidth} {
		b.resize(width)
		yes := true
		height := js[float64](b, `document.documentElement.scrollHeight`)
		got := call(b, page.CaptureScreenshot, page.CaptureScreenshotParams{CaptureBeyondViewport: &yes,
			Clip: &page.Viewport{Width: float64(width), Height: max(height, 400), Scale: 1}})
		if err := os.WriteFile(filepath.Join(dir, file), got.Data, 0o644); err != nil {
			b.Fatal(err)
		}
	}
	b.resize(b.look.width)
}

var albumPage = template.Must(template.New("album").Parse(`<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Every page</title>
<style>body{font:16px/1.4 sans-serif;margin:1rem} section{display:flex;gap:1rem;align-items:flex-start;margin:0 0 2rem;flex-wrap:wrap} img{border:1px solid #999;max-width:100%} img.desk{width:800px}</style>
<h1>Every page that the journeys came to</h1>
{{range .}}<h2>{{.Path}}{{if ne .Status 200}} ({{.Status}}){{end}}</h2><p>{{.Title}} · {{.Journey}}</p>
<section><a href="{{.Phone}}"><img src="{{.Phone}}" alt="at 360 pixels" loading="lazy"></a><a href="{{.Desk}}"><img class="desk" src="{{.Desk}}" alt="at 1280 pixels" loading="lazy"></a></section>
{{end}}`))

// writeAlbum writes the page that shows the pictures; there is none without a folder.
func writeAlbum() error {
	dir := os.Getenv(screensEnv)
	if dir == "" {
		return nil
	}
	f, err := os.Create(filepath.Join(dir, "index.html"))
	if err != nil {
		return err
	}
	if err := albumPage.Execute(f, album.shots); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}
