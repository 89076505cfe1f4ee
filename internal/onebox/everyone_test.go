package onebox_test

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/client"
	"github.com/vouchsafe/vouchsafe/internal/demo"
	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/onebox"
)

// The people of the walk see one program's applicants, or all.
const (
	ownProgram   = "support-basics"
	otherProgram = "health-line"
	nobodysID    = "019ab3c0-0000-7000-8000-00000000ffff"
)

// walker is the house with an applicant of each of two programs.
type walker struct {
	*house
	box          *onebox.Box
	mine, theirs string
}

func walk(t *testing.T) *walker {
	t.Helper()
	h, box := start(t, nil)
	notices, err := h.api.Notices(t.Context(), "en")
	if err != nil {
		t.Fatal(err)
	}
	people := demo.NewClear(notices)
	w := &walker{house: h, box: box}
	for i, program := range []string{ownProgram, otherProgram} {
		_, body, _ := people.Application(i)
		body = []byte(regexp.MustCompile(`"program":"[a-z-]+"`).ReplaceAllString(string(body), `"program":"`+program+`"`))
		made, err := h.api.Apply(t.Context(), body, "")
		if err != nil {
			t.Fatal(err)
		}
		id := made.ID
		h.await(id, func(st client.Status) bool { return st.Program == program && st.Stage != "signup" })
		if i == 0 {
			w.mine = id
		} else {
			w.theirs = id
		}
	}
	return w
}

// asker is somebody who asks: signed in to the console or with an API key, or nobody.
type asker struct {
	name   string
	role   identity.Role // "": nobody
	scoped bool          // they have ownProgram alone
	client *http.Client
	bearer string
}

func (a asker) may(act identity.Action) bool {
	return identity.Staff{Role: a.role, Programs: a.programs()}.MayAny(act)
}

func (a asker) programs() []string {
	if a.scoped {
		return []string{ownProgram}
	}
	return nil
}

// reply is what came back.
type reply struct {
	status int
	body   string
}

// ask sends a request without anything in it. One that is told to wait, waits.
func (w *walker) ask(a asker, method, path string) reply {
	w.Helper()
	for {
		var body io.Reader
		if a.bearer != "" && method != http.MethodGet {
			body = strings.NewReader(`"nothing"`)
		}
		req, err := http.NewRequestWithContext(w.Context(), method, w.face.Web+path, body)
		if err != nil {
			w.Fatal(err)
		}
		req.Header.Set("Sec-Fetch-Site", "same-origin")
		req.Header.Set("X-Vouchsafe-Live", "1") // so that no cookie is set anew
		if a.bearer != "" {
			req.Header.Set("Authorization", "Bearer "+a.bearer)
			req.Header.Set("Content-Type", "application/json")
		} else {
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
		resp, err := a.client.Do(req)
		if err != nil {
			w.Fatal(err)
		}
		if resp.StatusCode == http.StatusTooManyRequests {
			resp.Body.Close()
			wait, err := time.ParseDuration(resp.Header.Get("Retry-After") + "s")
			if err != nil {
				w.Fatalf("%s %s: told to wait, and not how long", method, path)
			}
			time.Sleep(wait)
			continue
		}
		var read []byte
		if !strings.HasPrefix(resp.Header.Get("Content-Type"), "text/event-stream") { // that one has no end
			if read, err = io.ReadAll(resp.Body); err != nil {
				w.Fatal(err)
			}
		}
		resp.Body.Close()
		return reply{resp.StatusCode, string(read)}
	}
}

// browser is one that follows no redirect, so that each answer is the route's own.
func browser(t *testing.T) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &http.Client{Jar: jar, Timeout: time.Minute, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// staffAskers signs in each role, once for all programs and once for one.
func (w *walker) staffAskers() []asker {
	w.Helper()
	out := []asker{{name: "nobody", client: browser(w.T)}}
	for _, role := range identity.Roles() {
		for _, scoped := range []bool{false, true} {
			a := asker{name: string(role), role: role, scoped: scoped, client: browser(w.T)}
			if scoped {
				a.name += " of " + ownProgram
			}
			link, err := w.box.StaffLink(role, time.Hour, a.programs()...)
			if err != nil {
				w.Fatal(err)
			}
			u, err := url.Parse(link)
			if err != nil {
				w.Fatal(err)
			}
			if got := w.ask(a, http.MethodPost, u.Path); got.status != http.StatusSeeOther && got.status != http.StatusFound {
				w.Fatalf("%s: the sign-in answers %d", a.name, got.status)
			}
			out = append(out, a)
		}
	}
	return out
}

// keyAskers makes an API key for each role's actions, once for all programs and once
// for one.
func (w *walker) keyAskers() []asker {
	w.Helper()
	out := []asker{{name: "no key", client: browser(w.T), bearer: "none"}}
	for _, role := range identity.Roles() {
		var actions []string
		for _, r := range identity.Rules() {
			if slices.Contains(r.Roles, role) {
				actions = append(actions, string(r.Action))
			}
		}
		for _, scoped := range []bool{false, true} {
			a := asker{name: "a key like " + string(role), role: role, scoped: scoped, client: browser(w.T)}
			if scoped {
				a.name += " of " + ownProgram
			}
			made, err := w.api.MakeKey(w.Context(), a.name, actions, a.programs(), 1)
			if err != nil {
				w.Fatal(err)
			}
			a.bearer = made.Secret
			out = append(out, a)
		}
	}
	return out
}

var inAddress = regexp.MustCompile(`\{[a-z_]+(\.\.\.)?\}|\{\$\}`)

// address fills in a pattern for an applicant.
func address(pattern, id string) (method, path string) {
	method, path, ok := strings.Cut(pattern, " ")
	if !ok {
		method, path = http.MethodPost, pattern
	}
	path = strings.NewReplacer("/applicants/{id}", "/applicants/"+id, "/applications/{id}", "/applications/"+id, "{check}", "email", "{how}", "pause", "{$}", "").Replace(path)
	return method, inAddress.ReplaceAllString(path, "0")
}

const unknownSays = "There is no open application with that ID"

// TestEveryRouteAnswersEveryone takes the routes from the mux that serves them, and
// asks each as every role, in scope and out of it, signed in and not. A route that has
// no line in the matrix fails, and so does a line that has no route.
func TestEveryRouteAnswersEveryone(t *testing.T) {
	t.Parallel()
	w := walk(t)
	lines := matrix(t)
	var have []string
	staff, keys := w.staffAskers(), w.keyAskers()
	for _, pattern := range w.box.Routes() {
		pattern = strings.ReplaceAll(pattern, "{$}", "")
		have = append(have, pattern)
		kind, ok := lineOf(lines, pattern)
		if !ok {
			t.Errorf("%q has no line in everyone_matrix_test.go: say which action it is, or that it asks for no role", pattern)
			continue
		}
		switch askers := staff; kind {
		case "open", "applicant", "signed":
			w.sameForAll(pattern, kind, askers)
		case "decode":
			for _, a := range askers { // on one machine nobody has to sign in
				if got := w.ask(a, http.MethodPost, "/codec/decode"); got.status != http.StatusBadRequest {
					t.Errorf("%s asks the codec: %d, want the fault of an empty request", a.name, got.status)
				}
			}
		default:
			action := identity.Action(kind)
			if !action.Known() {
				t.Errorf("%q: there is no action %q", pattern, kind)
				continue
			}
			if strings.Contains(pattern, " /api/") {
				askers = keys
			}
			for _, a := range askers {
				w.rightly(a, pattern, action)
			}
		}
	}
	for line := range lines {
		if !strings.HasSuffix(line, "…") && !slices.Contains(have, line) {
			t.Errorf("the matrix has %q, which is no route", line)
		}
	}
}

// rightly holds one answer to what the table says.
func (w *walker) rightly(a asker, pattern string, action identity.Action) {
	w.Helper()
	method, path := address(pattern, w.mine)
	got := w.ask(a, method, path)
	about := strings.Contains(pattern, "/applicants/{id}") || strings.Contains(pattern, "/applications/{id}")
	wrong := func(why string) {
		w.Helper()
		w.Errorf("%s asks %s: %d, %s: %.200s", a.name, pattern, got.status, why, got.body)
	}
	switch {
	case got.status >= http.StatusInternalServerError:
		wrong("which is our fault")
		return
	case a.role == "":
		if got.status != http.StatusUnauthorized {
			wrong("want 401")
		}
		return
	case !a.may(action):
		if got.status != http.StatusForbidden {
			wrong("want 403")
		}
		return
	case got.status == http.StatusUnauthorized, got.status == http.StatusForbidden:
		wrong("though the role may")
	case about && strings.Contains(got.body, unknownSays):
		wrong("though the applicant is of their program")
	}
	if a.scoped && strings.Contains(got.body, w.theirs) {
		wrong("and names an applicant of another program")
	}
	if !about {
		return
	}
	_, other := address(pattern, w.theirs)
	_, nobody := address(pattern, nobodysID)
	theirs, nobodys := w.ask(a, method, other), w.ask(a, method, nobody)
	if nobodys.status != http.StatusNotFound && (a.scoped || method == http.MethodGet || nobodys.status != http.StatusUnprocessableEntity) { // what is sent may be looked at first
		got = nobodys
		wrong("of an applicant that there is not")
	}
	if !a.scoped {
		return
	}
	if got = theirs; theirs.status != http.StatusNotFound || blank(theirs.body, w.theirs) != blank(nobodys.body, nobodysID) {
		wrong("of another program's applicant, which must be as of one that there is not")
	}
}

// blank leaves out what differs between two pages of the same words: the ID that was
// asked for, the request's own, and times.
func blank(body, id string) string {
	body = strings.ReplaceAll(body, id, "ID")
	return regexp.MustCompile(`(?s)<dialog.*</dialog>|<footer.*</footer>`).ReplaceAllString(body, "")
}

// sameForAll: a route that asks for no role of staff gives them nothing either.
func (w *walker) sameForAll(pattern, kind string, askers []asker) {
	w.Helper()
	method, path := address(pattern, w.mine)
	if method == http.MethodPost && strings.HasPrefix(path, "/console/sign-out") {
		return // it ends the session of who asks; tried by the console's own tests
	}
	nobodys := w.ask(askers[0], method, path)
	if nobodys.status >= http.StatusInternalServerError || kind == "signed" && nobodys.status < http.StatusBadRequest {
		w.Errorf("%s as nobody: %d %.200s", pattern, nobodys.status, nobodys.body)
	}
	for _, a := range askers[1:] {
		got := w.ask(a, method, path)
		if kind != "open" && got.status != nobodys.status {
			w.Errorf("%s as %s: %d, and as nobody %d: a role of staff counts there", pattern, a.name, got.status, nobodys.status)
		}
		if strings.Contains(got.body, w.mine) || strings.Contains(got.body, w.theirs) {
			w.Errorf("%s as %s names an applicant", pattern, a.name)
		}
	}
}

func lineOf(lines map[string]string, pattern string) (string, bool) {
	if kind, ok := lines[pattern]; ok {
		return kind, true
	}
	longest, kind := 0, ""
	for line, k := range lines {
		if prefix, ok := strings.CutSuffix(line, "…"); ok && strings.HasPrefix(pattern, prefix) && len(prefix) > longest {
			longest, kind = len(prefix), k
		}
	}
	return kind, longest > 0
}

// matrix reads the lines of the matrix.
func matrix(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	for line := range strings.Lines(expected) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		at := strings.LastIndex(line, " ")
		out[strings.TrimSpace(line[:at])] = line[at+1:]
	}
	return out
}

// TestEveryCommandAnswersEveryKey takes the commands from the program's own help, and
// runs each with a key of every role: who may is not refused, who may not is told so.
func TestEveryCommandAnswersEveryKey(t *testing.T) {
	t.Parallel()
	w := walk(t)
	binary := buildCLI(t)
	help, err := exec.CommandContext(t.Context(), binary, "--help").Output()
	if err != nil {
		t.Fatal(err)
	}
	_, list, _ := strings.Cut(string(help), "\nCommands:\n")
	var have []string
	for _, m := range regexp.MustCompile(`(?m)^  ([a-z]+(?:[- ][a-z]+)*)`).FindAllStringSubmatch(list, -1) {
		have = append(have, m[1])
	}
	if len(have) < 10 {
		t.Fatalf("the help lists %v", have)
	}
	for _, name := range have {
		if _, ok := commands[name]; !ok {
			t.Errorf("the command %q has no line in everyone_matrix_test.go: say which action it is", name)
		}
	}
	for name := range commands {
		if !slices.Contains(have, name) {
			t.Errorf("the matrix has the command %q, which there is not", name)
		}
	}
	run := func(bearer string, args ...string) (string, error) {
		cmd := exec.CommandContext(t.Context(), binary, args...)
		cmd.Env = append(os.Environ(), "VOUCHSAFE_STACK=", "VOUCHSAFE_URL="+w.face.Web, "VOUCHSAFE_API_KEY="+bearer)
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	keys := w.keyAskers()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "a.json"), map[string]string{"program": ownProgram})
	if err := os.WriteFile(filepath.Join(dir, "a.csv"), []byte("email,program\nada@example.com,"+ownProgram+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range have {
		c := commands[name]
		for i, arg := range c.args {
			switch arg {
			case "FILE":
				c.args[i] = filepath.Join(dir, "a.json")
			case "CSV":
				c.args[i] = filepath.Join(dir, "a.csv")
			}
		}
		if c.action == "" {
			continue // it asks the environment, or nobody
		}
		for _, a := range keys {
			out, err := run(a.bearer, fill(c.args, w.mine)...)
			refused := strings.Contains(out, "This key is not for that") || strings.Contains(out, "Send a valid API key")
			if may := a.role != "" && a.may(c.action); refused == may || !may && err == nil {
				t.Errorf("%s: %s: refused %v, %v: %.300s", a.name, name, refused, err, out)
			}
			if strings.Contains(out, "panic") {
				t.Errorf("%s: %.300s", name, out)
			}
			if !a.scoped || !a.may(c.action) || !slices.Contains(c.args, "ID") {
				continue
			}
			theirs, err := run(a.bearer, fill(c.args, w.theirs)...)
			nobodys, _ := run(a.bearer, fill(c.args, nobodysID)...)
			if err == nil || strings.ReplaceAll(theirs, w.theirs, "ID") != strings.ReplaceAll(nobodys, nobodysID, "ID") {
				t.Errorf("%s: %s of another program's applicant: %v %.300s; of nobody: %.300s", a.name, name, err, theirs, nobodys)
			}
		}
	}
}

// command is one of bin/vouchsafe: the action that its key must be for, and how it is
// called. Without an action it works by its environment and no key.
type command struct {
	action identity.Action
	args   []string
}

func fill(args []string, id string) []string {
	out := slices.Clone(args)
	for i, a := range out {
		if a == "ID" {
			out[i] = id
		}
	}
	return out
}

func line(action identity.Action, args string) command { return command{action, strings.Fields(args)} }
