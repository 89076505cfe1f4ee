package evidence

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/trace"
)

// ClientConfig says how S3 is reached. All of it empty means AWS: region and
// credentials by AWS's own chain (environment, profile, role of the machine).
type ClientConfig struct {
	// Endpoint is the base URL of another S3 than AWS's; with it, buckets are
	// addressed by path.
	Endpoint string
	Region   string
	// AccessKey and SecretKey are given both or not at all.
	AccessKey, SecretKey string
	// TracerProvider is otel's global one when nil.
	TracerProvider trace.TracerProvider
	// HTTP replaces the connection pool; tests put faults there.
	HTTP aws.HTTPClient
}

// attempts is how often the SDK sends a request in all before its error is ours.
const attempts = 5

// NewClient makes the S3 client that all Stores of a process share. It sends
// nothing yet.
func NewClient(ctx context.Context, cfg ClientConfig) (*s3.Client, error) {
	if (cfg.AccessKey == "") != (cfg.SecretKey == "") {
		return nil, fmt.Errorf("evidence: give both the S3 access key and its secret, or neither to use AWS's own chain")
	}
	options := []func(*config.LoadOptions) error{
		config.WithHTTPClient(pool()),
		config.WithRetryer(func() aws.Retryer {
			return retry.NewStandard(func(o *retry.StandardOptions) {
				o.MaxAttempts = attempts
				o.Backoff = retry.BackoffDelayerFunc(backoff)
			})
		}),
	}
	region := cfg.Region
	if region == "" && cfg.Endpoint != "" {
		region = "us-east-1" // signed with, meaningless to other stores
	}
	if region != "" {
		options = append(options, config.WithRegion(region))
	}
	if cfg.AccessKey != "" {
		options = append(options, config.WithCredentialsProvider(
			credentials.NewStaticCredentialsProvider(cfg.AccessKey, cfg.SecretKey, "")))
	}
	loaded, err := config.LoadDefaultConfig(ctx, options...)
	if err != nil {
		return nil, fmt.Errorf("evidence: load the AWS configuration: %w", err)
	}
	if loaded.Region == "" {
		return nil, fmt.Errorf("evidence: no AWS region: set AWS_REGION, or an endpoint of another S3")
	}
	tracers := cfg.TracerProvider
	if tracers == nil {
		tracers = otel.GetTracerProvider()
	}
	return s3.NewFromConfig(loaded, func(o *s3.Options) {
		if cfg.Endpoint != "" {
			o.BaseEndpoint = aws.String(cfg.Endpoint)
		}
		// At an endpoint of one's own, also one of AWS's environment, the bucket
		// seldom has a host name of its own.
		o.UsePathStyle = o.BaseEndpoint != nil
		if cfg.HTTP != nil {
			o.HTTPClient = cfg.HTTP // not through config: see pool
		}
		// Small objects of other tools carry no checksum; that is no news.
		o.DisableLogOutputChecksumValidationSkipped = true
		o.APIOptions = append(o.APIOptions, traced(tracers))
	}), nil
}

// backoff waits 100 ms before the first retry and twice as long before each
// later one, half of it by chance. The SDK's own begins with up to a second,
// which a workflow task cannot spare for one lost answer; whoever needs more
// patience than these two seconds (an activity) is retried by Temporal.
func backoff(attempt int, _ error) (time.Duration, error) {
	d := 100 * time.Millisecond << min(attempt, 5)
	return d/2 + rand.N(d), nil
}

// pool keeps connections: the SDK's default of 10 per host makes a hundred
// concurrent puts open and close ninety. It is a BuildableClient, since with
// any other kind AWS_CA_BUNDLE makes loading the configuration fail.
func pool() *awshttp.BuildableClient {
	return awshttp.NewBuildableClient().WithTransportOptions(func(t *http.Transport) {
		t.MaxIdleConns = 256
		t.MaxIdleConnsPerHost = 128
		t.IdleConnTimeout = 90 * time.Second
		t.ResponseHeaderTimeout = 30 * time.Second
	})
}
