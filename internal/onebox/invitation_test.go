package onebox_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/vouchsafe/vouchsafe/internal/client"
	"github.com/vouchsafe/vouchsafe/internal/demo"
	"github.com/vouchsafe/vouchsafe/internal/evidence"
	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/onebox"
	"github.com/vouchsafe/vouchsafe/internal/stackfile"
)

var invitedLink = regexp.MustCompile(`http://\S+/apply/invited/\S+`)

// letter waits for the n-th letter to an address that invites it, and gives it with
// its link.
func (h *house) invitation(email string, n int) (mailed, string) {
	h.Helper()
	var out mailed
	eventually(h.T, time.Minute, func() error {
		var all []mailed
		for _, l := range h.mailTo(email) {
			if strings.Contains(l.Text, "/apply/invited/") {
				all = append(all, l)
			}
		}
		if len(all) < n {
			return fmt.Errorf("%d invitations came to %s", len(all), email)
		}
		out = all[len(all)-n]
		return nil
	})
	return out, invitedLink.FindString(out.Text)
}

// invite sends a list by the API.
func (h *house) invite(file string, o client.InviteOptions) client.Invited {
	h.Helper()
	out, err := h.api.InviteCSV(h.Context(), []byte(file), o, uuid.NewString())
	if err != nil {
		h.Fatal(err)
	}
	return out
}

// awaitInvitation waits until an invitation stands as told.
func (h *house) awaitInvitation(name, state string) client.Invitation {
	h.Helper()
	var v client.Invitation
	eventually(h.T, time.Minute, func() (err error) {
		if v, err = h.api.Invitation(h.Context(), name); err == nil && v.State != state {
			err = fmt.Errorf("the invitation is %s, not %s", v.State, state)
		}
		return err
	})
	return v
}

// nowhere fails if a text stands readable anywhere under a folder.
func nowhere(t *testing.T, dir, text string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return nil //nolint:nilerr // it was removed meanwhile
		}
		body, rerr := os.ReadFile(path)
		if rerr == nil && bytes.Contains(bytes.ToLower(body), []byte(strings.ToLower(text))) {
			t.Errorf("%s stands readable in %s", text, path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestInvited: a recruiter uploads a list with every sort of line, mends the faulty
// ones, and one of the invited goes from the letter to an application handed in.
func TestInvited(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("starts a house")
	}
	var home string
	h, _ := start(t, func(c *onebox.Config) { c.Clock, home = 1, c.Home })
	const quill = "quillon.vantablume@example.com"
	list := "\ufeffE-mail;Programme;First name;Idioma;Reference;Mobile\r\n" +
		quill + ";support-basics;Quillon;;A-1;+1 503 555 0100\r\n" +
		"MAILTO:zoe ray@example.com;;\"Zoë\";Español;A-2;\r\n" +
		"wren.ray@example.com;;Wren;español;A-3;\r\n" +
		";;;;;\r\n" +
		"nobody;health-line;;klingon;Ada Wren;\r\n" +
		strings.ToUpper(quill) + ";Support Basics;;;;\r\n" +
		"gil@example.com;guest-line;;;;\r\n" +
		"http@example.com;;see www.example.com;;;\r\n"
	rec := h.staff(identity.RoleRecruiter).open("/console/invitations")
	if err := rec.SubmitFile(t.Context(), map[string]string{"program": "support-basics"}, demo.File{Field: "file", Name: "people.csv", Body: []byte(list)}); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(rec.Path(), "/console/invitation-lists/") {
		t.Fatalf("at %s: %s", rec.Path(), rec.Says())
	}
	rec.says("2 of 7 can be invited", "Mobile", "Line 2 has the same address", "That is not an e-mail address", "en (English) or es (Spanish)", "no section invitations", "address of the web")
	if strings.Contains(rec.Text, "vantablume") {
		t.Error("the page shows an address")
	}
	path := rec.Path()
	nowhere(t, filepath.Join(home, "s3"), "vantablume")
	mend := stepper{h, rec.Tab()}
	if err := mend.Open(t.Context(), path+"/faulty.csv"); err != nil || mend.Status != http.StatusOK {
		t.Fatalf("the faulty lines: %d, %v", mend.Status, err)
	}
	faulty := mend.Text
	rec.hand(path) // Invite
	h.awaitList(path[strings.LastIndex(path, "/")+1:])

	first, link := h.invitation(quill, 1)
	for _, words := range []string{"Hello Quillon", "Vouchsafe Demonstration invites you", "Support Basics", "list of people who asked about work", "deleted on that day"} {
		if !strings.Contains(first.Text, words) {
			t.Errorf("the letter does not say %q:\n%s", words, first.Text)
		}
	}
	if es, _ := h.invitation("wren.ray@example.com", 1); !strings.Contains(es.Text, "Hola Wren") || !strings.Contains(es.Text, "le invita a presentar") || !strings.Contains(es.Text, "?lang=es") {
		t.Errorf("the Spanish letter:\n%s", es.Text)
	}

	// The mended lines go in as the file came, with our column in it.
	if !strings.HasPrefix(faulty, "\ufeffemail;program;") || !strings.Contains(faulty, "what_to_mend") || strings.Contains(faulty, "Mobile") {
		t.Errorf("the faulty lines are\n%s", faulty)
	}
	mended := strings.NewReplacer("zoe ray@", "zoe.ray@", "nobody;", "nob@example.com;", "klingon", "en", "Ada Wren", "A-4", "guest-line", "health-line", "see www.example.com", "Hat").Replace(faulty)
	again := h.invite(mended, client.InviteOptions{Program: "support-basics"})
	if again.List.Faults != 0 || again.List.Ready != 4 {
		t.Errorf("mended: %+v, %+v", again.List, again.Lines)
	}
	h.invitation("zoe.ray@example.com", 1)

	// However often the list is sent, nobody is invited twice.
	for range 2 {
		twice := h.invite(list, client.InviteOptions{Program: "support-basics"})
		if twice.List.Ready != 0 || twice.List.LeftOut != 3 {
			t.Errorf("sent again: %+v", twice.List)
		}
	}
	if n := len(h.mailTo(quill)); n != 1 {
		t.Errorf("%d letters came to one address", n)
	}

	// From the letter to an application.
	name := again.Lines[0].Invitation
	items, _, err := h.api.Invitations(t.Context(), map[string]string{"program": "support-basics", "limit": "500"})
	if err != nil || len(items) != 4 { // Quillon, Wren, Zoë and Hat
		t.Fatalf("%d invitations are listed: %v, %v", len(items), items, err)
	}
	q := stepper{h, h.phone()}
	q.open(link).says("Vouchsafe Demonstration invites you to apply for Support Basics")
	q.hand(strings.TrimPrefix(strings.Split(link, "?")[0], h.face.Web) + "/start")
	q.says("What we use your e-mail address for").hand("/apply/about")
	if !strings.Contains(q.Text, `value="Quillon"`) {
		t.Error("the first name is not filled in")
	}
	// The link has done its work; pressed once more it leads to the same application.
	more := stepper{h, h.phone()}
	more.open(link).says("started an application already")
	q.fill(person{given: "Quillon", family: "Wren", email: quill, phone: "(503) 555-0108", id: "987-65-4320", street: "1 Example Street", city: "Salem", born: [3]string{"4", "1", "1990"}})
	id := h.only()
	var done client.Invitation
	eventually(t, time.Minute, func() error {
		items, _, err := h.api.Invitations(t.Context(), map[string]string{"state": "handed_in"})
		if err == nil && len(items) != 1 {
			err = fmt.Errorf("%d invitations were handed in", len(items))
		}
		if err == nil {
			done, err = h.api.Invitation(t.Context(), items[0].Invitation)
		}
		return err
	})
	if done.Applicant != id || done.Reference != "A-1" || !done.AddressGone {
		t.Errorf("handed in: %+v, the applicant is %s", done, id)
	}
	h.everyLedgerHolds(1) // invitations are not among the applicants

	// A recruiter withdraws one; its link leads nowhere then.
	_, zlink := h.invitation("zoe.ray@example.com", 1)
	one := stepper{h, rec.Tab()}
	one.open("/console/invitations/"+name).hand("/console/invitations/"+name).says("withdrawn", "is destroyed")
	late := stepper{h, h.phone()}
	if err := late.Open(t.Context(), zlink); err != nil || late.Status != http.StatusGone || !strings.Contains(late.Says(), "Esta invitación terminó") {
		t.Errorf("the link of a withdrawn invitation: %d, %s, %v", late.Status, late.Says(), err)
	}
	// Ops see no button, and may not press it.
	ops := h.staff(identity.RoleOps)
	ops.open("/console/invitations")
	if strings.Contains(ops.Text, `type="file"`) {
		t.Error("ops are offered to invite")
	}
	h.face.Mail.Inbox = "" // nothing of the mail below
	nowhere(t, filepath.Join(home, "s3"), "vantablume")
	nowhere(t, filepath.Join(home, "temporal"), "vantablume")
}

// awaitList waits until nobody more is invited from a list.
func (h *house) awaitList(id string) client.InvitationList {
	h.Helper()
	var l client.InvitationList
	eventually(h.T, time.Minute, func() (err error) {
		if l, err = h.api.InvitationList(h.Context(), id); err == nil && !l.Over() {
			err = fmt.Errorf("the list is %s", l.State)
		}
		return err
	})
	return l
}

// TestInvitationExpires: who does nothing is reminded twice, then the address is
// gone: its key, the sealed bytes, and every trace in Temporal's store. By the keyed
// hash it is known that the same list must not invite them anew, unless that is meant.
//
// Promise 22, 23.
func TestInvitationExpires(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("starts a house")
	}
	var home string
	h, _ := start(t, func(c *onebox.Config) { c.Clock, home = 100_000, c.Home }) // fourteen days in twelve seconds
	const email = "mirelle.ostrander@example.com"
	const list = "email,given_name,program\n" + email + ",Mirelle,health-line\n"
	sent := h.invite(list, client.InviteOptions{})
	if sent.List.Total != 1 || sent.Lines[0].Outcome != "ready" {
		t.Fatalf("%+v", sent)
	}
	name := sent.Lines[0].Invitation
	ledgerOf := func() onboarding.ApplicantID {
		t.Helper()
		v, err := h.api.Invitation(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		return onboarding.ApplicantID(v.Ledger)
	}
	h.invitation(email, 3)
	first := ledgerOf()
	gone := h.awaitInvitation(name, "expired")
	eventually(t, time.Minute, func() (err error) {
		if gone, err = h.api.Invitation(t.Context(), name); err == nil && !gone.AddressGone {
			err = fmt.Errorf("the address is still kept")
		}
		return err
	})
	if gone.Letters != 3 {
		t.Errorf("%d letters were sent, not one and two reminders", gone.Letters)
	}
	vault := filepath.Join(home, "s3", "data", h.face.S3.VaultBucket)
	for _, key := range []string{"keys/" + string(first), "invitations/" + string(first), "invitation-letters/" + string(first)} {
		if _, err := os.Stat(filepath.Join(vault, key)); err == nil {
			t.Errorf("%s is still there", key)
		}
	}
	for _, dir := range []string{"s3", "temporal"} {
		nowhere(t, filepath.Join(home, dir), "ostrander")
		nowhere(t, filepath.Join(home, dir), "Mirelle")
	}
	s3, err := evidence.NewClient(t.Context(), evidence.ClientConfig{Endpoint: h.face.S3.Endpoint, Region: h.face.S3.Region, AccessKey: h.face.S3.AccessKey, SecretKey: h.face.S3.SecretKey})
	if err != nil {
		t.Fatal(err)
	}
	book := ledger.NewBook(evidence.New(evidence.Config{Bucket: h.face.S3.EvidenceBucket, Client: s3}))
	records, report, err := book.Proved(t.Context(), first, ledger.Chain{})
	if err != nil || !report.Whole() || len(records) < 8 || records[len(records)-1].Kind != ledger.KindErased {
		t.Errorf("the invitation's ledger: %+v, %v, %v", records, report, err)
	}

	same := h.invite(list, client.InviteOptions{})
	if same.List.Ready != 0 || same.List.Again != 1 || same.List.Total != 0 {
		t.Errorf("the same list again: %+v", same.List)
	}
	meant := h.invite(list, client.InviteOptions{Again: true})
	if h.awaitList(meant.List.ID).Invited != 1 {
		t.Errorf("meant: %+v", meant.List)
	}
	h.invitation(email, 4)
	if ledgerOf() == first {
		t.Error("it is the same invitation, with the same key")
	}
}

// TestDoNotWriteToMe: by one press in the mail program, without a page or a cookie,
// nobody invites the address again, to whatever program; also with the letter of an
// invitation that is over.
//
// Promise 60.
func TestDoNotWriteToMe(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("starts a house")
	}
	h, _ := start(t, func(c *onebox.Config) { c.Clock = 1 })
	const email = "tamsin.holloway@example.com"
	both := h.invite("email,program\n"+email+",support-basics\n"+email+",health-line\n", client.InviteOptions{})
	if both.List.Total != 2 {
		t.Fatalf("%+v", both)
	}
	h.invitation(email, 2)
	letter, link := h.invitation(email, 1)
	stop := strings.Trim(letter.Headers["List-Unsubscribe"], "<>")
	if letter.Headers["List-Unsubscribe-Post"] != "List-Unsubscribe=One-Click" || !strings.HasSuffix(stop, "/stop") {
		t.Fatalf("the headers are %v", letter.Headers)
	}
	if status, _, _ := h.send(http.MethodGet, stop, ""); status != http.StatusOK { // a scanner opens every link
		t.Errorf("the page: %d", status)
	}
	h.awaitInvitation(both.Lines[0].Invitation, "sent")
	for range 2 {
		if status, _, body := h.send(http.MethodPost, stop, "List-Unsubscribe=One-Click", "Content-Type", "application/x-www-form-urlencoded"); status != http.StatusOK {
			t.Fatalf("one click: %d, %s", status, body)
		}
	}
	for _, l := range both.Lines {
		if v := h.awaitInvitation(l.Invitation, "declined"); v.State != "declined" {
			t.Errorf("%+v", v)
		}
	}
	if status, _, _ := h.send(http.MethodGet, link, ""); status != http.StatusGone {
		t.Errorf("the link of a declined invitation: %d", status)
	}
	for _, program := range []string{"support-basics", "health-line", "secure-line"} {
		later := h.invite("email\n"+strings.ToUpper(email[:3])+email[3:]+"\n", client.InviteOptions{Program: program, Again: true})
		if later.List.Total != 0 || later.Lines[0].Outcome != "no_letters" {
			t.Errorf("invited to %s all the same: %+v", program, later)
		}
	}
}

// TestInviteCommand: the same by the command line, with the faulty lines in a file.
func TestInviteCommand(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("starts a house")
	}
	var home string
	h, _ := start(t, func(c *onebox.Config) { c.Clock, home = 1, c.Home })
	o := operator{t, buildCLI(t), filepath.Join(home, stackfile.Name)}
	file := filepath.Join(t.TempDir(), "people.csv")
	if err := os.WriteFile(file, []byte("email,program\nlark.one@example.com,\nlark.two,\nlark.three@example.com,health-line\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	looked, _ := o.runs(1, "invite", file, "--program", "support-basics", "--check", "--faulty", filepath.Join(t.TempDir(), "x.csv"))
	if !strings.Contains(looked, "Can be invited: 2") || len(h.mailTo("lark.one@example.com")) != 0 {
		t.Errorf("looked at: %s", looked)
	}
	said, problem := o.runs(1, "--json", "invite", file, "--program", "support-basics")
	var out struct {
		client.Invited
		Faulty string `json:"faulty_file"`
	}
	if err := json.Unmarshal([]byte(said), &out); err != nil || out.List.Invited != 2 || out.List.Faults != 1 || out.Lines[1].Outcome != "fault" || out.Lines[0].Outcome != "invited" {
		t.Fatalf("%s, %v", said, err)
	}
	if !strings.Contains(problem, "1 of 3 lines have to be mended") {
		t.Errorf("it says %s", problem)
	}
	body, err := os.ReadFile(out.Faulty)
	if err != nil || !strings.Contains(string(body), "lark.two,") {
		t.Fatalf("%s, %v", body, err)
	}
	if err := os.WriteFile(file, bytes.Replace(body, []byte("lark.two,"), []byte("lark.two@example.com,"), 1), 0o600); err != nil {
		t.Fatal(err)
	}
	if said, _ := o.runs(0, "invite", file, "--program", "support-basics"); !strings.Contains(said, "Invited: 1 of 1") {
		t.Errorf("mended: %s", said)
	}
	h.invitation("lark.two@example.com", 1)
}
