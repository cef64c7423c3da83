package istio

import (
	"encoding/base64"
	"testing"
)

func asMap(value any) map[string]any {
	m, _ := value.(map[string]any)
	return m
}

func decoded(t testing.TB, text string) string {
	t.Helper()
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}
