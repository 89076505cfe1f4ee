package workflows

import (
	"time"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/ledger"
)

// The updates by which a case hears of a text that changes, or of a new owner.
const (
	UpdateTellNotice   = "TellNotice"
	UpdateAnswerNotice = "AnswerNotice"
)

// TellNotice has the applicant told of what changes, by letter, once. It is refused
// with CodeNotNow when they are owed nothing, and with CodeConflict when they were
// told already.
type TellNotice struct {
	Rollout   string             `json:"rollout"`          // RolloutName
	Texts     []ledger.NoticeRef `json:"texts,omitempty"`  // the new text in each language, English first; none for a new owner
	Titles    map[string]string  `json:"titles,omitempty"` // by language
	Purpose   consent.PurposeID  `json:"purpose"`
	Kind      consent.Kind       `json:"kind"`
	Again     bool               `json:"again"` // consent is asked for anew
	Effective time.Time          `json:"effective"`
	Owner     *consent.Owner     `json:"owner,omitempty"`
	// Off says that it was called off: who was told is told that it does not come.
	Off bool `json:"off,omitempty"`
}

// AnswerNotice is what the applicant says to a new owner: StaysWithOwner.
type AnswerNotice struct {
	Rollout string `json:"rollout"`
	Answer  string `json:"answer"`
	Actor   Actor  `json:"actor"`
}

// StaysWithOwner says that the applicant's data may go along to the new owner.
const StaysWithOwner = "stays"

// ToldNotice is what an applicant was told of a change, and what they said to it.
type ToldNotice struct {
	Rollout   string            `json:"rollout"`
	Text      *ledger.NoticeRef `json:"text,omitempty"` // in their language; nil for a new owner
	Purpose   consent.PurposeID `json:"purpose"`
	Kind      consent.Kind      `json:"kind"`
	Again     bool              `json:"again"`
	Effective time.Time         `json:"effective"`
	Owner     *consent.Owner    `json:"owner,omitempty"`
	At        time.Time         `json:"at"`              // when the letter was sent; zero while it could not be
	Failed    time.Time         `json:"failed,omitzero"` // when the mail server refused it last
	Answer    string            `json:"answer,omitempty"`
	Answered  time.Time         `json:"answered,omitzero"`
	Off       time.Time         `json:"off,omitzero"`      // when the case heard that it was called off
	OffTold   time.Time         `json:"off_told,omitzero"` // when the letter about that was sent; zero when it could not be
}

// NoticeState is what a case remembers of it.
type NoticeState struct {
	Notices []ToldNotice `json:"notices,omitempty"` // the oldest first
}

// RolloutName names a roll-out by what is rolled out: the notice's ID and its version.
func RolloutName(notice, version string) string { return notice + "/" + version }

// heard finds what the applicant was told of a roll-out.
func (s *NoticeState) heard(rollout string) *ToldNotice {
	for i := range s.Notices {
		if s.Notices[i].Rollout == rollout {
			return &s.Notices[i]
		}
	}
	return nil
}

// ChangedNotice is what a letter about a change says.
type ChangedNotice struct {
	ID      string         `json:"id,omitempty"`
	Version string         `json:"version,omitempty"`
	Title   string         `json:"title,omitempty"` // in the letter's language
	Again   bool           `json:"again,omitempty"`
	Owner   *consent.Owner `json:"owner,omitempty"`
	Off     bool           `json:"off,omitempty"` // it was called off
}
