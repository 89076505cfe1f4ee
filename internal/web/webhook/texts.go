package webhook

import (
	"cmp"
	"context"
	"encoding/xml"
	"errors"
	"io"
	"net/http"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/vouchsafe/vouchsafe/internal/letters"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/vendors/twiliosms"
)

// TextsPath is where Twilio brings what people text back.
const TextsPath = "/webhooks/twilio-sms"

// Texts is what people's answers to text messages need; *applicants.Service is one.
type Texts interface {
	// StopTexts returns when the number's STOP is durable, for every application.
	StopTexts(ctx context.Context, phone string) error
	// KeepText keeps by which SID Twilio knows a message from the number, for every
	// application that has written to it.
	KeepText(ctx context.Context, phone, sid string) error
	// TextsTo gives what an answer to the number needs. language is BCP 47, and
	// otherwise when none is known; each contact is a sentence without its full stop.
	TextsTo(ctx context.Context, phone, otherwise string) (language string, contacts []string, err error)
}

// TextsConfig is what the webhook of text messages works with.
type TextsConfig struct {
	Service   Texts
	Tokens    []string // the account's auth tokens; several during a rotation
	PublicURL string   // where Twilio finds us, without a slash at its end
}

// twiml is the answer that Twilio sends on as a message, or, when it is empty, none.
type twiml struct {
	XMLName xml.Name `xml:"Response"`
	Message string   `xml:"Message,omitempty"`
}

// texts takes one message in. 2xx only when what it asks for is durable; 401: not
// signed by Twilio; 400: signed, and still no message; 503: try again.
func (h *handler) texts(cfg TextsConfig) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		status, outcome, says := h.takeText(r, cfg)
		h.count.Add(r.Context(), 1, metric.WithAttributes(attribute.String("vendor", "twilio-sms"), attribute.String("outcome", outcome)))
		if status != http.StatusOK {
			http.Error(w, outcome, status)
			return
		}
		w.Header().Set("Content-Type", "text/xml; charset=utf-8")
		_, _ = io.WriteString(w, xml.Header)
		_ = xml.NewEncoder(w).Encode(twiml{Message: says}) // Twilio may have hung up
	}
}

func (h *handler) takeText(r *http.Request, cfg TextsConfig) (status int, outcome, says string) {
	body, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, Limit))
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return http.StatusRequestEntityTooLarge, "too large", ""
	}
	if err != nil {
		return http.StatusBadRequest, "broke off", ""
	}
	in, err := twiliosms.Read(cfg.Tokens, cfg.PublicURL+TextsPath, r.Header, body)
	if onboarding.CodeOf(err) == onboarding.CodeNotAllowed {
		return http.StatusUnauthorized, "not signed by the vendor", ""
	}
	if err != nil {
		return http.StatusBadRequest, "not an event", ""
	}
	if err := cfg.Service.KeepText(r.Context(), in.From, in.ID); err != nil {
		h.Log.ErrorContext(r.Context(), "it could not be kept that somebody texted back: when they are erased, the message must be looked for at Twilio", "error", err)
		if in.Word == twiliosms.WordStop { // it is sent again; whoever asks for help gets an answer all the same
			return http.StatusServiceUnavailable, "try again", ""
		}
	}
	switch in.Word {
	case twiliosms.WordStop:
		if err := cfg.Service.StopTexts(r.Context(), in.From); err != nil {
			h.Log.ErrorContext(r.Context(), "a STOP could not be taken in whole; what is kept of it holds, and Twilio is told to send it again", "error", err)
			return http.StatusServiceUnavailable, "try again", ""
		}
		if in.Told {
			return http.StatusOK, "stopped", "" // Twilio itself has confirmed it, and lets nothing else through
		}
		return http.StatusOK, "stopped", h.says(r, cfg, in, letters.TextStopped)
	case twiliosms.WordStart:
		return http.StatusOK, "start", h.says(r, cfg, in, letters.TextStart)
	case twiliosms.WordHelp, twiliosms.WordOther:
	}
	return http.StatusOK, "help", h.says(r, cfg, in, letters.TextHelp)
}

// says writes an answer in the language of the number's owner: that of their
// application, else that of the word which they sent. An answer that cannot be
// written is logged, and nobody is told a thing that may be wrong.
func (h *handler) says(r *http.Request, cfg TextsConfig, in twiliosms.Inbound, write func(letters.TextFacts) (string, error)) string {
	language, contacts, err := cfg.Service.TextsTo(r.Context(), in.From, in.Language)
	if err != nil {
		h.Log.WarnContext(r.Context(), "whom a text message is from could not be looked up; the answer names no contact", "error", err)
	}
	says, err := write(letters.TextFacts{Language: cmp.Or(language, in.Language), Link: cfg.PublicURL + "/apply/status", Contacts: contacts})
	if err != nil {
		h.Log.ErrorContext(r.Context(), "a text message could not be answered", "error", err)
	}
	return says
}
