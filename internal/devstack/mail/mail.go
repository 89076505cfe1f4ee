// Package mail takes letters by SMTP, delivers none of them, and shows them on
// an inbox page and through a small JSON API. It is for one machine: whoever
// reaches it may read and delete everything, so it listens on loopback only.
//
//	GET    /                           the list, newest first; ?to=ADDRESS
//	GET    /messages/{id}              one letter
//	GET    /api/messages?to=ADDRESS    [Message…], newest last
//	GET    /api/messages/{id}          one Message
//	DELETE /api/messages?to=ADDRESS    204; all of them without an address
package mail

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/emersion/go-smtp"

	"github.com/vouchsafe/vouchsafe/internal/devstack/loopback"
)

const (
	maxMessage    = 10 << 20 // bytes of one letter
	maxRecipients = 50
	maxLetters    = 10_000 // the oldest go when there are more
	ioLimit       = 30 * time.Second
	stopLimit     = 500 * time.Millisecond // for each server; idle clients keep SMTP connections open
)

// Config says what to start. Dir and both ports must be given.
type Config struct {
	Dir       string // one file a letter
	Host      string // a loopback address; 127.0.0.1 when empty
	SMTPPort  int
	InboxPort int
	Log       *slog.Logger // nil: silent
}

// Server is a running one.
type Server struct {
	cfg   Config
	box   *box
	smtp  *smtp.Server
	in    net.Listener // of smtp
	inbox *http.Server

	serving sync.WaitGroup
	once    sync.Once
	err     error
}

// Start starts both servers. They answer when it returns; letters of earlier
// runs are there. On an error nothing is left running.
func Start(ctx context.Context, cfg Config) (*Server, error) {
	if cfg.Host == "" {
		cfg.Host = loopback.Host
	}
	if ip := net.ParseIP(cfg.Host); ip == nil || !ip.IsLoopback() {
		return nil, fmt.Errorf("mail: host %q is not a loopback address: anybody there could read the letters", cfg.Host)
	}
	if cfg.Dir == "" || cfg.SMTPPort == 0 || cfg.InboxPort == 0 {
		return nil, errors.New("mail: a folder and two ports must be given")
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.NewTextHandler(io.Discard, nil))
	}
	box, err := openBox(cfg.Dir, cfg.Log)
	if err != nil {
		return nil, fmt.Errorf("mail: open the folder: %w", err)
	}
	var listen net.ListenConfig
	in, err := listen.Listen(ctx, "tcp", loopback.Address(cfg.Host, cfg.SMTPPort))
	if err != nil {
		return nil, fmt.Errorf("mail: port %d for SMTP: %w: stop what listens there or choose another", cfg.SMTPPort, err)
	}
	page, err := listen.Listen(ctx, "tcp", loopback.Address(cfg.Host, cfg.InboxPort))
	if err != nil {
		_ = in.Close()
		return nil, fmt.Errorf("mail: port %d for the inbox: %w: stop what listens there or choose another", cfg.InboxPort, err)
	}
	s := &Server{cfg: cfg, box: box, in: in}
	s.smtp = smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) {
		return &session{box: box, log: cfg.Log}, nil
	}))
	s.smtp.Domain = "localhost"
	s.smtp.ReadTimeout, s.smtp.WriteTimeout = ioLimit, ioLimit
	s.smtp.MaxMessageBytes, s.smtp.MaxRecipients = maxMessage, maxRecipients
	s.smtp.EnableSMTPUTF8 = true
	s.smtp.ErrorLog = smtpLog{cfg.Log}
	s.inbox = &http.Server{Handler: pages(box), ReadHeaderTimeout: 5 * time.Second, WriteTimeout: ioLimit}
	s.serving.Go(func() { s.report("SMTP", s.smtp.Serve(in)) })
	s.serving.Go(func() { s.report("inbox", s.inbox.Serve(page)) })
	return s, nil
}

func (s *Server) report(what string, err error) {
	if err != nil && !errors.Is(err, http.ErrServerClosed) && !errors.Is(err, smtp.ErrServerClosed) {
		s.cfg.Log.Error("mail: a server stopped", "server", what, "error", err)
	}
}

// SMTP is where letters go in, host:port.
func (s *Server) SMTP() string { return loopback.Address(s.cfg.Host, s.cfg.SMTPPort) }

// Inbox is the inbox page's URL; the API lies below it.
func (s *Server) Inbox() string { return "http://" + loopback.Address(s.cfg.Host, s.cfg.InboxPort) }

// Close stops both; a letter under way is let in first. It may be called more
// than once.
func (s *Server) Close() error {
	s.once.Do(func() {
		if within(s.smtp.Shutdown) != nil {
			_ = s.smtp.Close()
		}
		_ = s.in.Close() // a server that has not begun to serve knows of no listener, and would listen for ever
		if within(s.inbox.Shutdown) != nil {
			s.err = s.inbox.Close()
		}
		s.serving.Wait()
	})
	return s.err
}

func within(stop func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(context.Background(), stopLimit)
	defer cancel()
	return stop(ctx)
}

// session is one SMTP dialog.
type session struct {
	box  *box
	log  *slog.Logger
	from string
	to   []string
}

func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	s.from = from
	return nil
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.to = append(s.to, to)
	return nil
}

// Data stores the letter and accepts it only then.
func (s *session) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err // too long, or the client left
	}
	if err := s.box.add(s.from, s.to, raw); err != nil {
		s.log.Error("mail: store a letter", "error", err)
		return &smtp.SMTPError{Code: 452, EnhancedCode: smtp.EnhancedCode{4, 3, 1}, Message: "Cannot store it now, try again"}
	}
	return nil
}

func (s *session) Reset() { s.from, s.to = "", nil }

func (s *session) Logout() error { return nil }

// smtpLog keeps what clients do wrong at debug level: it is their affair, and
// may name addresses.
type smtpLog struct{ log *slog.Logger }

func (l smtpLog) Printf(format string, v ...any) {
	l.log.Debug("mail: SMTP", "says", fmt.Sprintf(format, v...))
}

func (l smtpLog) Println(v ...any) { l.log.Debug("mail: SMTP", "says", fmt.Sprintln(v...)) }
