package webhook

import (
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
}

// TextsConfig is what the webhook of text messages works with.
type TextsConfig struct {
	Service   Texts
	Tokens    []string // the account's auth tokens; several during a rotation
	PublicURL string   // where Twilio finds us, without a slash at its end
	Contact   string   // one sentence on how to reach a person; may be empty
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
	link := cfg.PublicURL + "/apply/status"
	switch in.Word {
	case twiliosms.WordStop:
		if err := cfg.Service.StopTexts(r.Context(), in.From); err != nil {
			h.Log.ErrorContext(r.Context(), "a STOP could not be taken in whole; what is kept of it holds, and Twilio is told to send it again", "error", err)
			return http.StatusServiceUnavailable, "try again", ""
		}
		return http.StatusOK, "stopped", "" // Twilio itself confirms a STOP, and lets nothing else through
	case twiliosms.WordStart:
		return http.StatusOK, "start", letters.TextStart(link)
	case twiliosms.WordHelp, twiliosms.WordOther:
	}
	return http.StatusOK, "help", letters.TextHelp(link, cfg.Contact)
}
