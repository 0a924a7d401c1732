// caller once|anew asks the API server for /api ten times a second with the token of its pod, which it reads at its
// start or before every request, and writes each second what has become of all its requests so far.
package main

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"log"
	"net"
	"net/http"
	"os"
	"strings"
	"time"
)

const (
	every  = 100 * time.Millisecond
	folder = "/var/run/secrets/kubernetes.io/serviceaccount/"
)

type counts struct {
	KeyID      string `json:"kid"`
	Sent       int    `json:"sent"`
	Accepted   int    `json:"accepted"`
	Refused    int    `json:"refused"`    // 401
	Unanswered int    `json:"unanswered"` // no connection, or nothing within 2 s
	Other      int    `json:"other"`      // any other code
}

func read(name string) []byte {
	content, err := os.ReadFile(folder + name)
	if err != nil {
		log.Fatal(err)
	}
	return content
}

func keyID(token string) string {
	head, _ := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[0])
	var header struct{ Kid string }
	json.Unmarshal(head, &header)
	return header.Kid
}

func client() *http.Client {
	authorities := x509.NewCertPool()
	authorities.AppendCertsFromPEM(read("ca.crt"))
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: authorities}, IdleConnTimeout: 10 * time.Second}
	return &http.Client{Timeout: 2 * time.Second, Transport: transport}
}

func (c *counts) ask(api *http.Client, url, token string) {
	request, _ := http.NewRequest("GET", url, nil)
	request.Header.Set("Authorization", "Bearer "+token)
	c.Sent++
	response, err := api.Do(request)
	if err != nil {
		c.Unanswered++
		return
	}
	defer response.Body.Close()
	new(bytes.Buffer).ReadFrom(response.Body)
	switch response.StatusCode {
	case http.StatusOK:
		c.Accepted++
	case http.StatusUnauthorized:
		c.Refused++
	default:
		c.Other++
	}
}

func main() {
	url := "https://" + net.JoinHostPort(os.Getenv("KUBERNETES_SERVICE_HOST"), "443") + "/api"
	api, token, seen := client(), string(read("token")), counts{}
	out := json.NewEncoder(os.Stdout)
	for range time.Tick(every) {
		if os.Args[1] == "anew" {
			token = string(read("token"))
		}
		seen.KeyID = keyID(token)
		seen.ask(api, url, token)
		if seen.Sent%10 == 0 {
			out.Encode(seen)
		}
	}
}
