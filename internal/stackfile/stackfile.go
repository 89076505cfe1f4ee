// Package stackfile is stack.json: how tests and tools find a development
// stack. Its form is one of the outside faces of the house and stays.
package stackfile

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
)

// Name is the file's name in the stack's home.
const Name = "stack.json"

// File is its content.
type File struct {
	Web      string            `json:"web"`
	Temporal Temporal          `json:"temporal"`
	S3       S3                `json:"s3"`
	Mail     Mail              `json:"mail"`
	Sandbox  string            `json:"sandbox"`
	APIKey   string            `json:"api_key"`
	Staff    map[string]string `json:"staff"` // one-time sign-in links by role
}

// Temporal says how the engine is reached.
type Temporal struct {
	Address   string `json:"address"`
	Namespace string `json:"namespace"`
	UI        string `json:"ui"`
}

// S3 says how the object store is reached.
type S3 struct {
	Endpoint       string `json:"endpoint"`
	Region         string `json:"region"`
	AccessKey      string `json:"access_key"`
	SecretKey      string `json:"secret_key"`
	EvidenceBucket string `json:"evidence_bucket"`
	VaultBucket    string `json:"vault_bucket"`
}

// Mail says where letters go in and where they can be read.
type Mail struct {
	SMTP  string `json:"smtp"`
	Inbox string `json:"inbox"`
}

// Write puts f into home/stack.json: whole or not at all, readable by the owner
// only, since it holds keys.
func Write(home string, f File) error {
	body, err := json.MarshalIndent(f, "", "  ")
	if err != nil {
		return fmt.Errorf("stack.json: %w", err)
	}
	tmp, err := os.CreateTemp(home, ".stack-*")
	if err != nil {
		return fmt.Errorf("stack.json: %w", err)
	}
	defer os.Remove(tmp.Name()) // gone already when all went well
	if _, err = tmp.Write(append(body, '\n')); err == nil {
		err = tmp.Sync()
	}
	if cerr := tmp.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Rename(tmp.Name(), filepath.Join(home, Name)) // CreateTemp made it 0600
	}
	if err != nil {
		return fmt.Errorf("stack.json: %w", err)
	}
	return nil
}

// Read reads a stack.json.
func Read(path string) (File, error) {
	var f File
	body, err := os.ReadFile(path)
	if err != nil {
		return f, fmt.Errorf("no stack there: %w (is vouchsafe-dev running?)", err)
	}
	if err := json.Unmarshal(body, &f); err != nil {
		return f, fmt.Errorf("%s is not a stack.json: %w", path, err)
	}
	return f, nil
}

// Remove takes the file away when the stack stops, so that nobody waits for
// a stack that is gone.
func Remove(home string) error {
	if err := os.Remove(filepath.Join(home, Name)); err != nil && !os.IsNotExist(err) {
		return fmt.Errorf("stack.json: %w", err)
	}
	return nil
}
