package evidence

import (
	"context"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go/middleware"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
)

// untraced marks a context whose "call" never leaves the process (presigning).
type untraced struct{}

// traced puts one client span around each call, its retries included, named
// for the operation ("s3.PutObject") and with the bucket and key as its only
// attributes. Missing objects and unmet conditions are answers and leave the
// span unmarked; other errors mark it with S3's code, never with a text.
func traced(provider trace.TracerProvider) func(*middleware.Stack) error {
	tracer := provider.Tracer("github.com/vouchsafe/vouchsafe/internal/evidence")
	span := middleware.InitializeMiddlewareFunc("vouchsafe.Span", func(ctx context.Context, in middleware.InitializeInput,
		next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
		if ctx.Value(untraced{}) != nil {
			return next.HandleInitialize(ctx, in)
		}
		bucket, key := target(in.Parameters)
		attrs := []attribute.KeyValue{attribute.String("aws.s3.bucket", bucket)}
		if key != "" {
			attrs = append(attrs, attribute.String("aws.s3.key", key))
		}
		ctx, span := tracer.Start(ctx, "s3."+awsmiddleware.GetOperationName(ctx),
			trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(attrs...))
		defer span.End()
		out, metadata, err := next.HandleInitialize(ctx, in)
		if err != nil && !missing(err) && !refused(err) {
			c := code(err)
			if c == "" {
				c = "no answer"
			}
			span.SetStatus(codes.Error, c)
		}
		return out, metadata, err
	})
	return func(stack *middleware.Stack) error { return stack.Initialize.Add(span, middleware.After) }
}

// target reads bucket and key from the calls that this package makes.
func target(parameters any) (bucket, key string) {
	var b, k *string
	switch p := parameters.(type) {
	case *s3.PutObjectInput:
		b, k = p.Bucket, p.Key
	case *s3.GetObjectInput:
		b, k = p.Bucket, p.Key
	case *s3.HeadObjectInput:
		b, k = p.Bucket, p.Key
	case *s3.DeleteObjectInput:
		b, k = p.Bucket, p.Key
	case *s3.PutObjectRetentionInput:
		b, k = p.Bucket, p.Key
	case *s3.ListObjectsV2Input:
		b, k = p.Bucket, p.Prefix
	case *s3.ListObjectVersionsInput:
		b, k = p.Bucket, p.Prefix
	case *s3.HeadBucketInput:
		b = p.Bucket
	case *s3.GetBucketVersioningInput:
		b = p.Bucket
	case *s3.GetObjectLockConfigurationInput:
		b = p.Bucket
	}
	if b != nil {
		bucket = *b
	}
	if k != nil {
		key = *k
	}
	return bucket, key
}
