package evidence

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// MaxObject is the most that Get reads: our objects are records, sealed fields
// and documents, so something larger is a mistake or an attack on our memory.
const MaxObject = 32 << 20

// The errors that callers tell apart; every other error means that we do not
// know, and may be tried again.
var (
	// ErrNotFound: there is no object under that key.
	ErrNotFound = errors.New("no such object")
	// ErrConflict: other bytes stand under that key, or it has changed since
	// its ETag was read.
	ErrConflict = errors.New("another's bytes stand there")
	// ErrWriteOnce: overwriting was asked of a store that locks what it keeps.
	ErrWriteOnce = errors.New("this bucket is write-once: use PutOnce")
	// ErrTooLarge: the object is larger than MaxObject.
	ErrTooLarge = fmt.Errorf("larger than %d MiB", MaxObject>>20)
	// ErrAltered: the bytes are not those that were put, by the checksum that
	// stands beside them.
	ErrAltered = errors.New("the bytes are not those that were stored")
	// ErrBadKey: the key cannot name an object.
	ErrBadKey = errors.New("bad object key")
)

// Mode is how firmly a locked object is held.
type Mode string

const (
	// Compliance is the default: nobody, the account's owner included, can
	// delete the object before its date.
	Compliance Mode = "COMPLIANCE"
	// Governance lets whoever has the special permission delete it earlier;
	// it is for trial systems, where evidence must be removable.
	Governance Mode = "GOVERNANCE"
)

// Config says which bucket a Store serves and how.
type Config struct {
	Bucket string
	Client *s3.Client
	// Lock, when greater than zero, makes the store write-once: each put
	// carries an explicit retain-until date this long from now (the bucket's
	// own default would count from when it was set).
	Lock time.Duration
	// Mode is Compliance when empty. Without Lock it has no meaning.
	Mode Mode
}

// Store is one bucket. It is safe for concurrent use.
type Store struct {
	bucket string
	client *s3.Client
	sign   *s3.PresignClient
	lock   time.Duration
	mode   Mode
}

// New makes a Store. It asks nothing of the bucket; Check does.
func New(cfg Config) *Store {
	if cfg.Mode == "" {
		cfg.Mode = Compliance
	}
	return &Store{bucket: cfg.Bucket, client: cfg.Client, sign: s3.NewPresignClient(cfg.Client),
		lock: cfg.Lock, mode: cfg.Mode}
}

// IsConflict says whether err means that other bytes stand there. It lets
// packages declare what they need of a store without importing this one.
func (s *Store) IsConflict(err error) bool { return errors.Is(err, ErrConflict) }

// IsAltered reports whether an error of this store means that somebody changed
// an object's bytes below it, or laid something larger there than we ever put.
func (s *Store) IsAltered(err error) bool { return altered(err) }

func altered(err error) bool { return errors.Is(err, ErrAltered) || errors.Is(err, ErrTooLarge) }

// IsMissing says whether err means that there is no such object.
func (s *Store) IsMissing(err error) bool { return errors.Is(err, ErrNotFound) }

// fail names the operation and the key; never the body, and of S3's answer only
// what the SDK's error says (code, status, request ID).
func fail(op, key string, err error) error {
	return fmt.Errorf("evidence: %s %s: %w", op, key, err)
}

// status is the HTTP status of S3's answer, or 0 when there was none.
func status(err error) int {
	var re *smithyhttp.ResponseError
	if errors.As(err, &re) {
		return re.HTTPStatusCode()
	}
	return 0
}

// code is S3's error code, or "".
func code(err error) string {
	var ae smithy.APIError
	if errors.As(err, &ae) {
		return ae.ErrorCode()
	}
	return ""
}

// missing says whether S3 answered that the key (not the bucket) is unknown.
func missing(err error) bool {
	var noKey *types.NoSuchKey
	var notFound *types.NotFound
	if errors.As(err, &noKey) || errors.As(err, &notFound) {
		return true
	}
	c := code(err)
	return c == "NoSuchKey" || c == "NotFound" || c == "NoSuchVersion"
}

// refused says whether a condition of ours did not hold.
func refused(err error) bool { return status(err) == http.StatusPreconditionFailed }

// raced says whether S3 could not decide between two conditional writes that
// came at once; AWS asks that such a put be sent again.
func raced(err error) bool {
	c := code(err)
	return c == "ConditionalRequestConflict" || c == "OperationAborted"
}
