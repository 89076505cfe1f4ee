package web

import (
	"context"
	"fmt"
	"html/template"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/vouchsafe/vouchsafe/internal/words"
)

// LanguageParam is the part of an address by which a person chooses a language.
const LanguageParam = "lang"

// speak makes the catalogs and layouts of every language. A text that has no
// words is shown in English and counted, by language and without the text:
// vouchsafe_words_missing_total.
func (s *Site) speak() error {
	missing, err := otel.Meter("github.com/vouchsafe/vouchsafe/internal/web").Int64Counter("vouchsafe_words_missing",
		metric.WithDescription("Texts of ours that were shown in English for want of a translation, by language."))
	if err != nil {
		return fmt.Errorf("web: count words: %w", err)
	}
	s.catalogs, s.layouts = map[string]*words.Catalog{}, map[string]*template.Template{}
	for _, l := range words.Languages() {
		by := metric.WithAttributes(attribute.String("language", l.Tag))
		in := words.In(l.Tag).Telling(func(english string) {
			missing.Add(context.Background(), 1, by)
			if s.proof != nil {
				s.proof(l.Tag, english)
			}
		})
		s.catalogs[l.Tag] = in
		if s.layouts[l.Tag], err = s.parseLayout(in); err != nil {
			return err
		}
	}
	return nil
}

// Words gives the catalog of a language, for what is no page, such as a file; what has
// no words there is counted as a page's is.
func (s *Site) Words(tag string) *words.Catalog { return s.catalog(tag) }

func (s *Site) catalog(tag string) *words.Catalog { return s.catalogs[words.Or(tag)] }

// Speak gives the request with the language in which its pages are shown.
func Speak(r *http.Request, tag string) *http.Request {
	return r.WithContext(context.WithValue(r.Context(), keyLanguage, words.Or(tag)))
}

// Language is the language of a request's pages: the one that its address asks
// for, else the one that Speak was given, else the browser's, else English.
func Language(r *http.Request) string {
	if tag := Chosen(r); tag != "" {
		return tag
	}
	if tag, ok := r.Context().Value(keyLanguage).(string); ok {
		return tag
	}
	return words.Match(r.Header.Get("Accept-Language"))
}

// Chosen is the language that a request's address asks for, or "".
func Chosen(r *http.Request) string {
	if r.URL.RawQuery == "" || !strings.Contains(r.URL.RawQuery, LanguageParam+"=") {
		return ""
	}
	if tag := r.URL.Query().Get(LanguageParam); words.Known(tag) {
		return tag
	}
	return ""
}

// Keep is what has to stand behind the address of a page of ours, so that who is
// not signed in and has chosen a language keeps it ("?lang=es"): there is no
// cookie for it (obligation 44). It is empty where the browser asks for that
// language by itself.
func Keep(r *http.Request) string {
	if tag := Language(r); tag != words.Match(r.Header.Get("Accept-Language")) {
		return "?" + LanguageParam + "=" + tag
	}
	return ""
}

// speaks is the language of a face's page for a request. Staff are spoken to in
// English.
func (f Face) speaks(r *http.Request) string {
	tag := Language(r)
	if under(r.URL.Path, "/console") {
		return words.English
	}
	for _, l := range f.spoken() {
		if l.Tag == tag {
			return tag
		}
	}
	return words.English
}

// plainValue is a part of an address that may be repeated in a page: what we put
// there ourselves looks like that.
var plainValue = regexp.MustCompile(`^[a-z0-9_-]{1,40}$`)

// choices lists the languages of a face with the address of the same page in each,
// relative to itself: a path may hold a link's token.
func choices(r *http.Request, f Face, current string, whole bool) []Choice {
	spoken := f.spoken()
	if len(spoken) < 2 || under(r.URL.Path, "/console") {
		return nil
	}
	var out []Choice
	for _, l := range spoken {
		q := url.Values{LanguageParam: {l.Tag}}
		for name, values := range r.URL.Query() {
			if whole && name != LanguageParam && plainValue.MatchString(name) && plainValue.MatchString(values[0]) {
				q.Set(name, values[0])
			}
		}
		out = append(out, Choice{Language: l, URL: "?" + q.Encode(), Current: l.Tag == current})
	}
	return out
}

// prove makes a page in every other language of its face and throws it away.
func (s *Site) prove(t *Templates, name string, p Page) {
	for tag, set := range t.sets {
		if page, ok := set[name]; ok && tag != p.Language {
			p.Language = tag
			if err := page.ExecuteTemplate(io.Discard, "layout.html", p); err != nil {
				s.proof(tag, fmt.Sprintf("the page %s does not come about: %v", name, err))
			}
		}
	}
}
