package mail

import (
	"encoding/base64"
	"errors"
	"html"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"net/textproto"
	"regexp"
	"strings"

	"golang.org/x/text/encoding/htmlindex"
)

// shown are the headers that a Message carries.
var shown = []string{"Date", "From", "To", "Reply-To", "Message-Id", "In-Reply-To", "References", "List-Unsubscribe", "List-Unsubscribe-Post", "Auto-Submitted", "Content-Type", "Content-Language"}

// maxDepth is how deep parts may lie inside parts.
const maxDepth = 8

// read fills in subject, text and headers from what came over the wire.
func (m *Message) read(r io.Reader) error {
	letter, err := mail.ReadMessage(r)
	if err != nil {
		return err
	}
	m.Subject = words(letter.Header.Get("Subject"))
	for _, name := range shown {
		if value := letter.Header.Get(name); value != "" {
			m.Headers[name] = words(value)
		}
	}
	text, markup, err := texts(textproto.MIMEHeader(letter.Header), letter.Body, 0)
	if err != nil {
		return err
	}
	if text == "" && markup != "" {
		text = withoutTags(markup)
	}
	m.Text = strings.ReplaceAll(text, "\r\n", "\n")
	return nil
}

// words decodes what RFC 2047 encoded.
func words(value string) string {
	decoder := mime.WordDecoder{CharsetReader: func(charset string, r io.Reader) (io.Reader, error) {
		return utf8Reader(charset, r), nil
	}}
	decoded, err := decoder.DecodeHeader(value)
	if err != nil {
		return strings.ToValidUTF8(value, "\uFFFD")
	}
	return strings.ToValidUTF8(decoded, "\uFFFD")
}

// texts gives the first plain text and the first HTML of a part and all inside it.
func texts(header textproto.MIMEHeader, body io.Reader, depth int) (text, markup string, err error) {
	kind, params, err := mime.ParseMediaType(header.Get("Content-Type"))
	if err != nil {
		kind, params = "text/plain", map[string]string{} // RFC 2045, 5.2
	}
	if strings.HasPrefix(kind, "multipart/") && params["boundary"] != "" && depth < maxDepth {
		parts := multipart.NewReader(body, params["boundary"])
		for {
			part, err := parts.NextRawPart() // the other form decodes by itself and hides it
			if errors.Is(err, io.EOF) {
				return text, markup, nil
			}
			if err != nil {
				return text, markup, err
			}
			t, h, err := texts(part.Header, part, depth+1)
			if err != nil {
				return text, markup, err
			}
			if text == "" {
				text = t
			}
			if markup == "" {
				markup = h
			}
		}
	}
	disposition, _, _ := mime.ParseMediaType(header.Get("Content-Disposition"))
	if disposition == "attachment" || (kind != "text/plain" && kind != "text/html") {
		return "", "", nil
	}
	decoded, err := io.ReadAll(utf8Reader(params["charset"], plain(header.Get("Content-Transfer-Encoding"), body)))
	if err != nil {
		return "", "", err
	}
	content := strings.ToValidUTF8(string(decoded), "\uFFFD")
	if kind == "text/html" {
		return "", content, nil
	}
	return content, "", nil
}

// plain undoes the transfer encoding.
func plain(encoding string, r io.Reader) io.Reader {
	switch strings.ToLower(strings.TrimSpace(encoding)) {
	case "quoted-printable":
		return quotedprintable.NewReader(r)
	case "base64":
		return base64.NewDecoder(base64.StdEncoding, r) // it skips line ends
	default:
		return r
	}
}

// utf8Reader reads charset as UTF-8; what it does not know it passes on.
func utf8Reader(charset string, r io.Reader) io.Reader {
	encoding, err := htmlindex.Get(charset)
	if err != nil {
		return r
	}
	return encoding.NewDecoder().Reader(r)
}

var (
	unseen = regexp.MustCompile(`(?is)<(head|style|script)\b.*?</(head|style|script)>`)
	link   = regexp.MustCompile(`(?is)<a\b[^>]*\bhref="([^"]*)"[^>]*>(.*?)</a>`)
	breaks = regexp.MustCompile(`(?i)<(br|/p|/div|/h[1-6]|/li|/tr)\b[^>]*>`)
	tags   = regexp.MustCompile(`(?s)<[^>]*>`)
)

// withoutTags makes HTML readable as text. The result is only ever shown
// escaped, so it need not be safe.
func withoutTags(markup string) string {
	markup = unseen.ReplaceAllString(markup, "")
	markup = link.ReplaceAllString(markup, "$2 $1")
	markup = breaks.ReplaceAllString(markup, "\n")
	return strings.TrimSpace(html.UnescapeString(tags.ReplaceAllString(markup, "")))
}
