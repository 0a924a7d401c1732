// web answers every request with its pod's and its node's name, and ends without breaking one.
package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	host, _ := os.Hostname()
	http.HandleFunc("/", func(response http.ResponseWriter, _ *http.Request) {
		fmt.Fprintln(response, host, os.Getenv("NODE"))
	})
	server := &http.Server{Addr: ":8080"}
	go server.ListenAndServe()
	ended := make(chan os.Signal, 1)
	signal.Notify(ended, syscall.SIGTERM)
	<-ended
	bounded, stop := context.WithTimeout(context.Background(), 5*time.Second)
	defer stop()
	server.Shutdown(bounded)
}
