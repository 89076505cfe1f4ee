package consent

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

//go:embed notices/*.txt
var noticeFiles embed.FS

// Notice is a text that a person is shown before they agree. Its hash is taken
// over Text exactly as shown, so a receipt proves what was read.
type Notice struct {
	ID       string
	Version  string
	Language string
	Kind     Kind
	Purpose  PurposeID
	Title    string
	Text     string // as shown: paragraphs, separated by an empty line
	Action   string // the words on the button or above the signature
	SHA256   string // of Text, hex
	// RollOut says that it holds only when people were told of it: see RollOut, the type.
	RollOut bool
	// Changes says what is another than in the version before, such as "recipients,
	// wording"; of a text that needs a roll-out.
	Changes string
}

// Ref names the notice in receipts and records.
func (n Notice) Ref() ledger.NoticeRef {
	return ledger.NoticeRef{ID: n.ID, Version: n.Version, Language: n.Language, SHA256: n.SHA256}
}

// Paragraphs gives the text in its paragraphs.
func (n Notice) Paragraphs() []string { return strings.Split(n.Text, "\n\n") }

// notices holds every version of every notice; the newest version of an ID
// comes last. The files are part of the program, so a fault in one stops every
// start and every test.
var notices = mustNotices()

// Notices lists the current notices that are agreed to when an application is
// made, in the order in which people are asked: by purpose, then by kind, as Asked
// has them. CurrentNotice gives those that are asked for later.
func Notices(language string) []Notice {
	var out []Notice
	for _, s := range specs {
		if s.Later {
			continue
		}
		for _, k := range s.Kinds {
			if n, ok := current(s.ID, k, language); ok {
				out = append(out, n)
			}
		}
	}
	return out
}

// CurrentNotice gives the newest notice for a purpose and kind, in the language
// or, where it is not in that one, in English: a translation of an older version
// says something else than what holds now.
func CurrentNotice(p PurposeID, k Kind, language string) (Notice, error) {
	if n, ok := current(p, k, language); ok {
		return n, nil
	}
	return Notice{}, fmt.Errorf("consent: there is no notice for %s (%s)", p, k)
}

func current(p PurposeID, k Kind, language string) (Notice, bool) {
	var newest Notice
	for _, n := range notices {
		if n.Purpose == p && n.Kind == k && n.Language == "en" && n.InForce() {
			newest = n
		}
	}
	for _, n := range notices {
		if n.ID == newest.ID && n.Version == newest.Version && n.Language == language {
			return n, true
		}
	}
	return newest, newest.ID != ""
}

// NoticeBy finds the notice of a reference, whose hash must be that of our
// text. Otherwise the error has CodeInvalid.
func NoticeBy(ref ledger.NoticeRef) (Notice, error) {
	for _, n := range notices {
		if n.ID == ref.ID && n.Version == ref.Version && n.Language == ref.Language {
			if n.SHA256 != ref.SHA256 {
				return Notice{}, onboarding.Invalid("consent", fmt.Sprintf("The text of notice %s %s is not the one that we published.", ref.ID, ref.Version),
					"Show the text from /api/v1/notices without a change and send its sha256.")
			}
			return n, nil
		}
	}
	return Notice{}, onboarding.Invalid("consent", fmt.Sprintf("There is no notice %q in version %q and language %q.", ref.ID, ref.Version, ref.Language),
		"Get the current notices from /api/v1/notices.")
}

func mustNotices() []Notice {
	entries, err := noticeFiles.ReadDir("notices")
	if err != nil {
		panic(fmt.Sprintf("consent: read notices: %v", err))
	}
	var out []Notice
	for _, e := range entries {
		body, err := noticeFiles.ReadFile("notices/" + e.Name())
		if err != nil {
			panic(fmt.Sprintf("consent: read notice %s: %v", e.Name(), err))
		}
		n, err := parseNotice(string(body))
		if err != nil {
			panic(fmt.Sprintf("consent: notice %s: %v", e.Name(), err))
		}
		out = append(out, n)
	}
	sort.SliceStable(out, func(i, j int) bool { return out[i].Version < out[j].Version })
	return out
}

// parseNotice reads "key: value" lines, an empty line, then the text.
func parseNotice(file string) (Notice, error) {
	head, text, ok := strings.Cut(file, "\n\n")
	if !ok {
		return Notice{}, fmt.Errorf("no empty line between head and text")
	}
	n := Notice{Text: strings.TrimSpace(text)}
	for _, line := range strings.Split(head, "\n") {
		key, value, ok := strings.Cut(line, ": ")
		if !ok {
			return Notice{}, fmt.Errorf("head line %q has no value", line)
		}
		switch key {
		case "id":
			n.ID = value
		case "version":
			n.Version = value
		case "language":
			n.Language = value
		case "kind":
			n.Kind = Kind(value)
		case "purpose":
			n.Purpose = PurposeID(value)
		case "title":
			n.Title = value
		case "action":
			n.Action = value
		case "effect":
			if n.RollOut = value == "by roll-out"; !n.RollOut {
				return Notice{}, fmt.Errorf("effect: write %q, or leave the line out", "by roll-out")
			}
		case "changes":
			n.Changes = value
		default:
			return Notice{}, fmt.Errorf("unknown head line %q", key)
		}
	}
	if n.ID == "" || n.Version == "" || n.Language == "" || n.Title == "" || n.Action == "" || n.Text == "" {
		return Notice{}, fmt.Errorf("id, version, language, title, action and text are all needed")
	}
	if n.RollOut != (n.Changes != "") {
		return Notice{}, fmt.Errorf("a text that takes effect by roll-out, and no other, says what it changes")
	}
	for _, c := range strings.Split(n.Changes, ", ") {
		if n.RollOut && !slices.Contains([]string{ChangesWording, ChangesPurposes, ChangesFields, ChangesRecipients}, c) {
			return Notice{}, fmt.Errorf("a text cannot change %q", c)
		}
	}
	spec, err := specOf(n.Purpose)
	if err != nil {
		return Notice{}, err
	}
	if !spec.knows(n.Kind) {
		return Notice{}, fmt.Errorf("the kind %q is not asked for %s", n.Kind, n.Purpose)
	}
	sum := sha256.Sum256([]byte(n.Text))
	n.SHA256 = hex.EncodeToString(sum[:])
	return n, nil
}
