package objects

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// keys open the store.
type keys struct {
	Access string `json:"access_key"`
	Secret string `json:"secret_key"`
}

// loadKeys reads the keys, or makes them and writes them down for the next time.
func loadKeys(file string) (keys, error) {
	var k keys
	body, err := os.ReadFile(file)
	if err == nil {
		if err := json.Unmarshal(body, &k); err != nil || k.Access == "" || k.Secret == "" {
			return k, fmt.Errorf("%s holds none: remove it, and new ones are made", file)
		}
		return k, nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return k, err
	}
	k = keys{Access: rand.Text()[:20], Secret: rand.Text() + rand.Text()}
	if body, err = json.Marshal(k); err != nil {
		return k, err
	}
	tmp, err := os.CreateTemp(filepath.Dir(file), ".keys-*") // made with mode 0600
	if err != nil {
		return k, err
	}
	defer func() { _ = os.Remove(tmp.Name()) }() // gone already when all went well
	if _, err = tmp.Write(append(body, '\n')); err == nil {
		err = tmp.Sync()
	}
	if cerr := tmp.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Rename(tmp.Name(), file)
	}
	return k, err
}
