package web

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"log/slog"
	"net/http"
	"path"
	"strings"

	"github.com/vouchsafe/vouchsafe/internal/words"
)

//go:embed templates
var templateFiles embed.FS

// Face is what the pages of one face have in common.
type Face struct {
	Name    string // in the header and at the end of every title
	Home    string // where the header's name leads
	Contact string // how to reach a person; empty when the face has no such line
	// Languages are those in which the face speaks; English alone when empty.
	Languages []words.Language
	// Compress lets its pages be compressed where that is safe, see newCompressor.
	Compress bool
}

// Link is a named address.
type Link struct {
	Text    string
	URL     string
	Current bool
}

// Page is what the layout shows around a page's own content, the template
// "content", which gets the Page too and finds its data in Body.
type Page struct {
	Title    string
	Back     string // address of the page before; empty for none
	Problems []Problem
	Nav      []Link
	SignOut  string // address that a sign-out is posted to; empty when nobody is signed in
	Wide     bool   // for tables
	Bare     bool   // no navigation, no footer: the FCRA disclosure stands alone
	Body     any
	// Said says that the title stands in the page's language already: a notice's
	// or a program's own words.
	Said bool

	// First is a page by which people come: it has the style sheet inside, so
	// that all of it comes in one round trip. The others have it from the cache.
	First bool

	// Scripts names assets, such as "line.js", that the page loads after its
	// content; they are files in internal/web/assets. The page must be whole
	// without them. Only a page that names one may run scripts, and only ours.
	Scripts []string
	Connect bool // its scripts may fetch from us and send to us
	Media   bool // it may play sound of ours, with or without a script
	// Live says that a script of the page's keeps it up to date; Version is that of
	// what it shows, as the face's stream of changes calls it, "" when it is not known.
	Live    bool
	Version string
	// Microphone lets the page ask for the microphone. It is for the page of the
	// equipment check alone; everywhere else the browser refuses.
	Microphone bool

	Face     Face   // this and the rest are set by Render
	Language string // BCP 47
	Choices  []Choice
	Stay     Stay
	Sheet    template.CSS // the whole style sheet, where the page has it inside
	Keep     string       // what the address of a page of ours needs so that the language stays; see Keep

	sheetSource string
}

// Choice is one of the languages in which a page can be had.
type Choice struct {
	words.Language
	URL     string
	Current bool
}

// Problem is one line of the error summary; it leads to the field, and its
// text is the same as at the field.
type Problem struct {
	Field string // the input's ID; empty when no field of this page is to blame
	URL   string // of the page that mends it, when it is another
	Text  string
}

// Templates is the pages of one face, parsed.
type Templates struct {
	face  Face
	sets  map[string]map[string]*template.Template // by language, then by page
	forms map[string]bool                          // pages that have one
}

// parseLayout parses the layout in a language.
func (s *Site) parseLayout(in *words.Catalog) (*template.Template, error) {
	t := template.New("layout").Funcs(template.FuncMap{"asset": s.Asset, "t": in.T, "try": in.Try, "oclock": clockIn(in.Tag()), "machine": machineTime})
	for _, f := range []string{"templates/layout.html", "templates/controls.html", "templates/ending.html"} {
		if err := parse(t, templateFiles, f, in); err != nil {
			return nil, fmt.Errorf("web: parse the layout: %w", err)
		}
	}
	return t, nil
}

// parse adds a template file, in a language, under its base name.
func parse(to *template.Template, fsys fs.FS, file string, in *words.Catalog) error {
	src, err := fs.ReadFile(fsys, file)
	if err != nil {
		return err
	}
	said, _ := in.Page(string(src)) // what is missing a test tells: internal/house
	_, err = to.New(path.Base(file)).Parse(said)
	return err
}

// spoken are the languages of a face.
func (f Face) spoken() []words.Language {
	if len(f.Languages) == 0 {
		return words.Languages()[:1]
	}
	return f.Languages
}

// Templates parses every *.html file in dir, in each language of the face. Files
// whose name begins with "_" are partials that all of them may use; every other
// file is a page and defines "content". Any fault is an error, so that the start
// fails. In another language than English the functions day, moment and count are
// that language's.
func (s *Site) Templates(fsys fs.FS, dir string, face Face, funcs template.FuncMap) (*Templates, error) {
	forms, err := withForms(fsys, dir)
	if err != nil {
		return nil, err
	}
	out := &Templates{face: face, sets: map[string]map[string]*template.Template{}, forms: forms}
	for _, l := range face.spoken() {
		set, err := s.templatesIn(s.catalog(l.Tag), fsys, dir, funcs)
		if err != nil {
			return nil, err
		}
		out.sets[l.Tag] = set
	}
	return out, nil
}

// withForms tells which pages have a form: these load app.js.
func withForms(fsys fs.FS, dir string) (map[string]bool, error) {
	files, err := fs.Glob(fsys, path.Join(dir, "*.html"))
	if err != nil {
		return nil, fmt.Errorf("web: list the pages in %s: %w", dir, err)
	}
	out := map[string]bool{}
	for _, f := range files {
		source, err := fs.ReadFile(fsys, f)
		if err != nil {
			return nil, fmt.Errorf("web: read %s: %w", f, err)
		}
		out[strings.TrimSuffix(path.Base(f), ".html")] = bytes.Contains(source, []byte("<form"))
	}
	return out, nil
}

func (s *Site) templatesIn(in *words.Catalog, fsys fs.FS, dir string, funcs template.FuncMap) (map[string]*template.Template, error) {
	files, err := fs.Glob(fsys, path.Join(dir, "*.html"))
	if err != nil {
		return nil, fmt.Errorf("web: list the pages in %s: %w", dir, err)
	}
	base, err := s.layouts[in.Tag()].Clone()
	if err != nil {
		return nil, fmt.Errorf("web: copy the layout: %w", err)
	}
	base.Funcs(funcs)
	if in.Tag() != words.English {
		base.Funcs(template.FuncMap{"day": in.Day, "moment": in.Moment, "clock": clockIn(in.Tag())})
	}
	var pages []string
	for _, f := range files {
		if !strings.HasPrefix(path.Base(f), "_") {
			pages = append(pages, f)
			continue
		}
		if err := parse(base, fsys, f, in); err != nil {
			return nil, fmt.Errorf("web: parse %s: %w", f, err)
		}
	}
	if len(pages) == 0 {
		return nil, fmt.Errorf("web: there are no pages in %s", dir)
	}
	out := make(map[string]*template.Template, len(pages))
	for _, f := range pages {
		t, err := base.Clone()
		if err == nil {
			err = parse(t, fsys, f, in)
		}
		if err == nil && t.Lookup("content") == nil {
			err = errors.New(`it does not define "content"`)
		}
		if err == nil {
			err = escapes(t)
		}
		if err != nil {
			return nil, fmt.Errorf("web: parse %s: %w", f, err)
		}
		out[strings.TrimSuffix(path.Base(f), ".html")] = t
	}
	return out, nil
}

// escapes has html/template do its analysis now, which it else puts off to the
// first use: a template that cannot be escaped, or that calls one that is not
// there, is found at the start. That no data is given may stop the run, which
// is no fault of the template.
func escapes(t *template.Template) error {
	t, err := t.Clone()
	if err != nil {
		return err
	}
	err = t.ExecuteTemplate(&bytes.Buffer{}, "layout.html", nil)
	var fault *template.Error
	if errors.As(err, &fault) {
		return err
	}
	return nil
}

// Render answers with a page. It is built whole before anything is sent, so a
// fault gives the 500 page and never half a page. Pages are never stored by
// anybody: they hold personal data.
func (s *Site) Render(w http.ResponseWriter, r *http.Request, status int, t *Templates, name string, p Page) {
	var buf bytes.Buffer
	err := fmt.Errorf("web: there is no page %q", name)
	p.Face = t.face
	p.Language = t.face.speaks(r)
	p.Choices, p.Keep = choices(r, t.face, p.Language, t != s.own), Keep(r)
	p.Stay = s.stay(r)
	if !p.Stay.Until.IsZero() || len(p.Problems) > 0 || t.forms[name] {
		p.Scripts = append([]string{"app.js"}, p.Scripts...)
		p.Connect = p.Connect || p.Stay.Renew != "" && !p.Bare
	}
	if p.First {
		p.Sheet, p.sheetSource = s.sheet()
	}
	if page, ok := t.sets[p.Language][name]; ok {
		err = page.ExecuteTemplate(&buf, "layout.html", p)
	}
	if s.proof != nil {
		s.prove(t, name, p)
	}
	if err != nil {
		// The fault's text may quote the data, so only its kind is logged.
		s.log.LogAttrs(r.Context(), slog.LevelError, "page failed", append(requestAttrs(r),
			slog.String("page", name), slog.String("fault", fmt.Sprintf("%T", err)))...)
		s.plain500(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Language", p.Language)
	h.Set("Cache-Control", "no-store")
	setPolicy(h, p)
	send := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = w.Write(buf.Bytes()) // the browser has gone: nobody is left to tell
	})
	if mayCompress(r, t.face) {
		send = s.compress(send)
	}
	send(w, r)
}

// plain500 is the last resort, which needs no template.
func (s *Site) plain500(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusInternalServerError)
	_, p := Describe(errors.New("page"))
	_, _ = fmt.Fprintf(w, "%s\n\n%s\n%s\n\nReference: %s\n", p.Heading, p.Message, p.Hint, RequestID(r.Context()))
}

// Redirect sends the browser to another page of ours after a form was posted.
func Redirect(w http.ResponseWriter, r *http.Request, to string) {
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, to, http.StatusSeeOther)
}
