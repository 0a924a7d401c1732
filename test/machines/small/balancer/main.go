// balancer LISTEN BACKEND...: balances TCP connections over API servers. A backend gets connections while
// GET https://BACKEND/readyz answers 200, asked every 250 ms; after two failures in a row its open connections are cut,
// so that kubelets go elsewhere.
package main

import (
	"crypto/tls"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

const (
	checkEvery   = 250 * time.Millisecond
	checkTimeout = 900 * time.Millisecond
	dialTimeout  = time.Second
)

type backend struct {
	address string
	up      atomic.Bool
	lock    sync.Mutex
	open    map[net.Conn]bool
}

func (b *backend) ready(client *http.Client) bool {
	response, err := client.Get("https://" + b.address + "/readyz")
	if err != nil {
		return false
	}
	response.Body.Close()
	return response.StatusCode == http.StatusOK
}

func (b *backend) cut() int {
	b.lock.Lock()
	defer b.lock.Unlock()
	for connection := range b.open {
		connection.Close()
	}
	return len(b.open)
}

func (b *backend) check() {
	transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, DisableKeepAlives: true}
	client := &http.Client{Timeout: checkTimeout, Transport: transport}
	failures := 0
	for ; ; time.Sleep(checkEvery) {
		ready := b.ready(client)
		if ready {
			failures = 0
		} else {
			failures++
		}
		if b.up.Load() != ready && (ready || failures >= 2) {
			b.up.Store(ready)
			closed := 0
			if !ready {
				closed = b.cut()
			}
			log.Printf("%s ready: %v, connections cut: %d", b.address, ready, closed)
		}
	}
}

// serve copies both ways until one side ends; false when the backend takes no connection.
func (b *backend) serve(client net.Conn) bool {
	server, err := net.DialTimeout("tcp", b.address, dialTimeout)
	if err != nil {
		return false
	}
	b.lock.Lock()
	b.open[server] = true
	b.lock.Unlock()
	go func() {
		io.Copy(server, client)
		server.(*net.TCPConn).CloseWrite()
	}()
	io.Copy(client, server)
	server.Close()
	b.lock.Lock()
	delete(b.open, server)
	b.lock.Unlock()
	return true
}

// inTurn gives the backends that are up, from another one first each time; all of them when none is.
func inTurn(backends []*backend, turn int) []*backend {
	var up, all []*backend
	for i := range backends {
		next := backends[(turn+i)%len(backends)]
		all = append(all, next)
		if next.up.Load() {
			up = append(up, next)
		}
	}
	if len(up) == 0 {
		return all
	}
	return up
}

func main() {
	var backends []*backend
	for _, address := range os.Args[2:] {
		added := &backend{address: address, open: map[net.Conn]bool{}}
		backends = append(backends, added)
		go added.check()
	}
	listener, err := net.Listen("tcp", os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	for turn := 0; ; turn++ {
		client, err := listener.Accept()
		if err != nil {
			continue
		}
		go func() {
			defer client.Close()
			for _, chosen := range inTurn(backends, turn) {
				if chosen.serve(client) {
					return
				}
			}
		}()
	}
}
