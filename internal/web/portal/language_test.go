package portal

import (
	"strings"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// speaks checks that a page is in a language, by its html element and its header.
func (b *browser) speaks(tag string) *browser {
	b.t.Helper()
	if !strings.Contains(b.body, `<html lang="`+tag+`"`) || b.header.Get("Content-Language") != tag {
		b.t.Fatalf("%s is not in %s (%s):\n%s", b.path, tag, b.header.Get("Content-Language"), b.body)
	}
	return b
}

// TestSpanishJourney: chosen once by the link, the language holds through the form,
// the letter's link, the notices and the receipts, and on another device.
func TestSpanishJourney(t *testing.T) {
	h := newHouse(t)
	b := h.browser()
	b.get("/apply").speaks("en").says("Español", "English")
	if !strings.Contains(b.body, `<a href="?lang=es" lang="es" hreflang="es">Español</a>`) {
		t.Errorf("there is no link to the Spanish page:\n%s", b.body)
	}
	b.get("/apply?lang=es").speaks("es").says("Solicite trabajo", "Usamos su correo electrónico y su nombre para guardar su solicitud", "Support line", "Para Example")
	b.submit().speaks("es").problem("program-0", "Elija el programa al que se postula")
	b.submit("program", "support").at("/apply/email?lang=es&program=support").speaks("es").submit().speaks("es").problem("email", "Escriba su correo electrónico")
	b.submit("email", "ada@example.com").is(200).speaks("es").says("Revise su correo electrónico", "ada@example.com")
	if got := h.fake.began[0]; got.Language != "es" {
		t.Errorf("begin: %+v", got)
	}
	if b.header.Get("Set-Cookie") != "" {
		t.Errorf("44: there is a cookie before anybody signs in: %s", b.header.Get("Set-Cookie"))
	}
	c := h.fake.cases[h.fake.byEmail["ada@example.comsupport"]]
	c.view.Language = "es"           // as the process keeps it
	b.get(h.lastLink()).speaks("en") // whose it is is not known before it is opened
	b.submit().at("/apply/about").speaks("es").says("Su nombre", "Apellidos")
	b.submit("given_name", "Ada").problem("family_name", "Escriba sus apellidos")
	b.submit("family_name", "L").at("/apply/birth").submit().problem("date_of_birth-month", "Escriba su fecha de nacimiento")
	b.submit("date_of_birth-month", "2", "date_of_birth-day", "30", "date_of_birth-year", "1990").
		problem("date_of_birth-month", "uno que exista en febrero de 1990")
	fillDetails(b.get("/apply/about"))
	for _, n := range asked() {
		es, err := consent.CurrentNotice(n.Purpose, n.Kind, "es")
		if err != nil {
			t.Fatal(err)
		}
		b.at(consentPath(n)).speaks("es").says(es.Title, es.Paragraphs()[0]).silent(n.Title)
		if n.Kind == consent.KindFCRAAuthorization {
			b.submit("signature", "Eva").problem("signature", "El nombre debe ser el que usted dio: Ada King O'Lovelace")
			b.submit("signature", "ada o’lovelace")
			continue
		}
		b.submit()
	}
	b.at(checkPath).says("Revise sus respuestas", "12/10/1990 (mes, día, año)", "Termina en 4329").submit().at("/apply/submitted").says("Solicitud enviada")
	for i, req := range h.fake.asked {
		if req.Language != "es" {
			t.Errorf("consent %d is in %q", i, req.Language)
		}
	}
	b.get("/apply/status").speaks("es").says("Estamos haciendo las primeras verificaciones", "Esperamos respuestas sobre: su correo electrónico, su número de teléfono", "2 de noviembre de 2026").
		silent("We wait", "Your ")
	other := h.browser()
	other.get(h.lastLink()).submit().speaks("es")

	// Changed on a page, it is changed for good: in the session and with the application.
	b.get("/apply/status?lang=en").speaks("en")
	b.get("/apply/status").speaks("en").says("We are doing the first checks")
	if c.view.Language != "en" || h.fake.calls["SetLanguage"] != 1 {
		t.Errorf("kept: %q after %d calls", c.view.Language, h.fake.calls["SetLanguage"])
	}
	b.get("/apply/status?lang=es").get("/apply/status?lang=es").get("/apply/status?lang=tlh").speaks("es")
	if c.view.Language != "es" || h.fake.calls["SetLanguage"] != 2 {
		t.Errorf("kept: %q after %d calls", c.view.Language, h.fake.calls["SetLanguage"])
	}
	b.post("/apply/sign-out", nil).at("/apply/signed-out?lang=es").speaks("es").says("Cerró la sesión")
	b.get("/apply/status").is(401)
}

// TestBrowsersLanguage: who says nothing is met in the browser's language, on error
// pages too.
func TestBrowsersLanguage(t *testing.T) {
	h := newHouse(t)
	b := h.browser()
	b.accept = "es-MX,es;q=0.9,en;q=0.5"
	b.get("/apply").speaks("es").submit("program", "support").speaks("es").submit("email", "ada@example.com").speaks("es")
	if h.fake.began[0].Language != "es" {
		t.Errorf("begin: %+v", h.fake.began[0])
	}
	b.get("/apply/nowhere").is(404).speaks("es").says("Página no encontrada", "No hay ninguna página en esta dirección.", "Ir a su solicitud")
	b.get("/apply/link/nonsense").is(403).speaks("es").says("Este enlace no funciona")
	b.get("/apply/status").is(401).speaks("es").says("No ha iniciado sesión")
	b.get("/apply?lang=en").speaks("en")
	if !strings.Contains(b.body, `action="/apply?lang=en"`) {
		t.Errorf("the form does not keep the language:\n%s", b.body)
	}
	b.get("/apply/rights").speaks("es").says("Sus derechos según la Ley de Informe Justo de Crédito", "Consumer Financial Protection Bureau")
	b.get("/verify/cert-"+string(fakeID(1))).speaks("es").says("Este certificado es válido", "2 de noviembre de 2027")
	h.fake.failWith["Begin"] = onboarding.Invalid("e-mail", "That is not an e-mail address.", "Write it like name@example.com.")
	b.asks("x@example.com", "support").problem("email", "Esa no es una dirección de correo electrónico. Escríbala como nombre@example.com.")
	b.post("/apply", nil).is(422).speaks("es")
	h.later(25 * time.Hour)
	b.get(h.lastLink()).is(410).speaks("es").says("Este enlace venció")
}

// TestSpanishAdverse: the words of the hardest page, put together from parts.
func TestSpanishAdverse(t *testing.T) {
	h := newHouse(t)
	b, _ := h.noticed("findly")
	b.get("/apply/status?lang=es").speaks("es").says("Es posible que tengamos que rechazar su solicitud", "Tiene hasta el sábado, 7 de noviembre de 2026, 9:00 a. m. UTC: 5 días de plazo", "Lo esperamos a usted. Puede decir qué es incorrecto").
		silent("left. Nothing")
	b.get(disputePath).speaks("es").says("¿Hay algo incorrecto en el informe?", "penal, del condado: penal, delito menor, culpable, 2023-11-01, Example <b>County</b> Court, CR-1", "hasta el sábado, 7 de noviembre")
	b.submit("kind", "statement", "statement", strings.Repeat("x", 6000)).problem("statement", "Qué es incorrecto, o qué debemos saber: escriba 5000 caracteres o menos")
	b.get(reportPath).speaks("es").says("Resultado: consider, que quiere decir", "1 de noviembre de 2023")
}
