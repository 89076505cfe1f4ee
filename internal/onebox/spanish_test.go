package onebox_test

import (
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/consent"
)

// TestSpanishFromFirstPageToCertificate: chosen once on the first page, Spanish holds
// on every page, in every letter, in what is agreed to and in what is signed.
func TestSpanishFromFirstPageToCertificate(t *testing.T) {
	t.Parallel()
	h, _ := start(t, nil)
	s := h.beginAt("/apply?lang=es", ada, "support-basics")
	inSpanish := func() {
		t.Helper()
		if !strings.Contains(s.Text, `<html lang="es">`) {
			t.Fatalf("%s is not in Spanish: %s", s.Path(), s.Says())
		}
	}
	inSpanish()
	s.fill(ada)
	inSpanish()
	id := h.only()
	s.open("/apply/status")
	inSpanish()
	for _, english := range []string{"We wait", "Your ", "You "} {
		if strings.Contains(s.Text, english) {
			t.Errorf("the status page says %q: %s", english, s.Text)
		}
	}
	s.certify(id, ada, "support-basics")
	s.open("/apply/certificate").at("/apply/certificate")
	inSpanish()
	if !strings.Contains(s.Text, "Su certificado") {
		t.Errorf("the certificate's page says: %s", s.Says())
	}

	// The receipts name the notices in the language in which they were read.
	raw, err := h.api.Ledger(h.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	body := string(raw)
	for _, n := range consent.Notices("es") {
		if !strings.Contains(body, n.SHA256) {
			t.Errorf("no receipt has the Spanish text of %s", n.ID)
		}
	}
	for _, n := range consent.Notices("en") {
		if strings.Contains(body, n.SHA256) {
			t.Errorf("a receipt has the English text of %s", n.ID)
		}
	}

	// Every letter is Spanish, the last one too.
	type letter struct {
		Subject string `json:"subject"`
		Text    string `json:"text"`
	}
	var letters []letter
	eventually(t, time.Minute, func() error {
		_, _, body := h.send("GET", h.face.Mail.Inbox+"/api/messages?to="+url.QueryEscape(ada.email), "")
		decode(t, body, &letters)
		for _, l := range letters {
			if strings.Contains(l.Subject, "certificado") {
				return nil
			}
		}
		return errors.New("the letter with the certificate is not there yet")
	})
	for _, l := range letters {
		if !strings.HasPrefix(l.Text, "Hola") {
			t.Errorf("a letter is not in Spanish: %s\n%s", l.Subject, l.Text)
		}
	}
	// The copy of the agreement is that of the text that was read.
	if all := strings.Join(func() (out []string) {
		for _, l := range letters {
			out = append(out, l.Text)
		}
		return out
	}(), "\n"); !strings.Contains(all, "Usted ofrece sus servicios como contratista independiente.") {
		t.Error("the copy of the agreement is not in Spanish")
	}
}
