// A small MCP server on the official Go SDK: MCP at /mcp on PORT (8080), and nothing else.
//
// The argument is "stateful" (the SDK's default) or "stateless".
package main

import (
	"context"
	"errors"
	"log"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

type echoInput struct {
	Message string `json:"message" jsonschema:"What to say back"`
}

type addInput struct {
	A float64 `json:"a" jsonschema:"The first number"`
	B float64 `json:"b" jsonschema:"The second number"`
}

func echo(_ context.Context, _ *mcp.CallToolRequest, input echoInput) (*mcp.CallToolResult, any, error) {
	return text(input.Message), nil, nil
}

func add(_ context.Context, _ *mcp.CallToolRequest, input addInput) (*mcp.CallToolResult, any, error) {
	return text(strconv.FormatFloat(input.A+input.B, 'g', -1, 64)), nil, nil
}

func text(words string) *mcp.CallToolResult {
	return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: words}}}
}

func main() {
	stateless := false
	if len(os.Args) > 1 {
		switch os.Args[1] {
		case "stateful":
		case "stateless":
			stateless = true
		default:
			log.Fatalf("%q is neither stateful nor stateless", os.Args[1])
		}
	}
	port := os.Getenv("PORT")
	if port == "" {
		port = "8080"
	}

	server := mcp.NewServer(&mcp.Implementation{Name: "sdk-go", Version: "1.0.0"}, nil)
	mcp.AddTool(server, &mcp.Tool{Name: "echo", Description: "Says back what it is told"}, echo)
	mcp.AddTool(server, &mcp.Tool{Name: "add", Description: "Adds two numbers"}, add)
	handler := mcp.NewStreamableHTTPHandler(
		func(*http.Request) *mcp.Server { return server },
		&mcp.StreamableHTTPOptions{Stateless: stateless},
	)
	mux := http.NewServeMux()
	mux.Handle("/mcp", handler)
	listener := &http.Server{Addr: "0.0.0.0:" + port, Handler: mux, ReadHeaderTimeout: 10 * time.Second}

	stop, _ := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	go func() {
		<-stop.Done()
		// What is open is cut: an event stream would otherwise keep it for ever.
		_ = listener.Close()
	}()
	if err := listener.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		log.Fatal(err)
	}
}
