// libcurl in a Cloche loop: a library that owns its descriptors and timers, and
// asks its host to watch them.
//
//   libcurl: "tell me when 9 is readable"  ──► a task that waits for it
//            "call me in 200 ms"           ──► a task that sleeps
//            "forget 9"                    ──► the wait is cancelled, at once
//   the task: it is so  ──► curl_multi_socket_action ──► more of these wishes
//
// Facts about libcurl (libcurl-multi(3), CURLMOPT_SOCKETFUNCTION(3),
// CURLMOPT_TIMERFUNCTION(3), curl_multi_socket_action(3))
//   * It wishes by callback, from inside of whatever was called last.
//   * There is one timer. A new wish replaces it, -1 takes it back, and 0 is
//     "soon", not "now": libcurl does not like to be called from a callback.
//   * "Forget 9" comes before close(9), in the same call; the number may be
//     back in the next line, for another connection.
//   * Between transfers it keeps connections open that nobody watches.
//
// What this means for us
//   * A callback only makes a note, cancels and starts: what it starts runs in
//     the loop's next turn.
//   * There is at most one task for a number. It begins a new wait only when
//     the last one is over, so the new connection is never refused because of
//     the old one (tasks/readiness.h).
//   * A transfer that is cancelled takes itself out of libcurl by a destructor.
//
// Main disadvantage: libcurl resolves names on a thread of its own, out of
// Cloche's sight; a fake kernel cannot run it.
//
// Next: curl_in_the_loop_test.cc; docs/embedding.md.

#ifndef CLOCHE_DOCS_EXAMPLES_CURL_IN_THE_LOOP_H_
#define CLOCHE_DOCS_EXAMPLES_CURL_IN_THE_LOOP_H_

#include <curl/curl.h>

#include <functional>
#include <map>
#include <optional>
#include <string>

#include "absl/time/time.h"
#include "cloche/tasks/cancel_scope.h"
#include "cloche/tasks/nursery.h"
#include "cloche/tasks/task.h"
#include "cloche/tasks/task_handle.h"

struct CurlAnswer {
  long status_code = 0;
  std::string body;
};

// Thread safety: the loop's thread. Made by WithCurl.
class CurlClient {
 public:
  CurlClient(const CurlClient&) = delete;
  CurlClient& operator=(const CurlClient&) = delete;

  // Fetches `url`, beside whatever else is being fetched. UNAVAILABLE with
  // libcurl's own words; CANCELLED, or what a timeout around it gives.
  // `timeout` is libcurl's own, and its end one of those errors.
  cloche::Task<CurlAnswer> Get(
      std::string url, absl::Duration timeout = absl::InfiniteDuration());

  // How many descriptors are watched at this moment.
  int watched() const;

 private:
  friend cloche::Task<> WithCurl(std::function<cloche::Task<>(CurlClient&)>);
  class Transfer;

  // What libcurl wants to know of one descriptor number. Its task, if there is
  // one, ends when libcurl does not want to know anything.
  struct Socket {
    int wish = CURL_POLL_REMOVE;
    bool has_task = false;
    cloche::CancelScope* wait = nullptr;  // The one that goes on now.
  };

  CurlClient();
  ~CurlClient();

  static int OnSocketWish(CURL*, curl_socket_t fd, int wish, void* client,
                          void*);
  static int OnTimerWish(CURLM*, long milliseconds, void* client);
  void ChangeWish(curl_socket_t fd, int wish);
  void ChangeTimer(long milliseconds);
  // False when callbacks come from destructors, and nothing may start.
  bool open() const;

  cloche::Task<> Watch(curl_socket_t fd);
  cloche::Task<> WaitForTimer(absl::Duration pause);
  void Act(curl_socket_t fd, int what);
  void CollectEnded();

  CURLM* const multi_;
  cloche::Nursery* nursery_ = nullptr;
  std::map<curl_socket_t, Socket> sockets_;  // Entries stay where they are.
  std::optional<cloche::TaskHandle<>> timer_;
};

// Runs `body` with a client; returns when it has ended and all that watched for
// libcurl has, too. Let no Get outlive the body.
cloche::Task<> WithCurl(std::function<cloche::Task<>(CurlClient&)> body);

#endif  // CLOCHE_DOCS_EXAMPLES_CURL_IN_THE_LOOP_H_
