#include "cloche/docs/examples/curl_in_the_loop.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "cloche/loop/loop.h"
#include "cloche/sync/event.h"
#include "cloche/tasks/readiness.h"
#include "cloche/tasks/sleep.h"
#include "cloche/tasks/try.h"

using namespace cloche;

namespace {

// Sees to it that nobody cancels a wait that is over, however it ended.
class WaitInSight {
 public:
  WaitInSight(CancelScope*& place, CancelScope& wait) : place_(place) {
    place_ = &wait;
  }
  WaitInSight(const WaitInSight&) = delete;
  WaitInSight& operator=(const WaitInSight&) = delete;
  ~WaitInSight() { place_ = nullptr; }

 private:
  CancelScope*& place_;
};

// Waits for what libcurl wishes; gives what it wants to be told.
Task<int> WaitFor(curl_socket_t fd, int wish) {
  if (wish == CURL_POLL_IN) {
    co_await Try(WaitReadable(fd));
    co_return CURL_CSELECT_IN;
  }
  if (wish == CURL_POLL_OUT) {
    co_await Try(WaitWritable(fd));
    co_return CURL_CSELECT_OUT;
  }
  const Readiness ready = co_await Try(WaitReadableOrWritable(fd));
  co_return (ready.readable ? CURL_CSELECT_IN : 0) |
      (ready.writable ? CURL_CSELECT_OUT : 0);
}

}  // namespace

// One transfer, from its beginning to its end or its cancellation. It lives in
// the frame of the Get that waits for it.
class CurlClient::Transfer {
 public:
  Transfer(CURLM* multi, const std::string& url, absl::Duration timeout)
      : multi_(multi), easy_(curl_easy_init()) {
    curl_easy_setopt(easy_, CURLOPT_URL, url.c_str());  // Which it copies.
    curl_easy_setopt(easy_, CURLOPT_PRIVATE, this);
    curl_easy_setopt(easy_, CURLOPT_WRITEFUNCTION, &OnBody);
    curl_easy_setopt(easy_, CURLOPT_WRITEDATA, this);
    curl_easy_setopt(easy_, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy_, CURLOPT_PROXY, "");  // Nor one of the environment.
    if (timeout != absl::InfiniteDuration()) {
      // Rounded up: 0 would be none at all.
      const absl::Duration rounded = absl::Ceil(timeout, absl::Milliseconds(1));
      curl_easy_setopt(easy_, CURLOPT_TIMEOUT_MS,
                       static_cast<long>(absl::ToInt64Milliseconds(
                           std::max(rounded, absl::Milliseconds(1)))));
    }
    curl_multi_add_handle(multi_, easy_);  // Wishes for a timer of 0.
  }
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;
  // libcurl forgets it, and with it the descriptor, if the transfer was not
  // over. We are in a task, never in a callback: there this is forbidden.
  ~Transfer() {
    curl_multi_remove_handle(multi_, easy_);
    curl_easy_cleanup(easy_);
  }

  static Transfer& Of(CURL* easy) {
    Transfer* transfer = nullptr;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, &transfer);
    return *transfer;
  }

  EventWait Ended() { return ended_.Wait(); }
  void End(CURLcode result) {
    result_ = result;
    ended_.Set();
  }
  absl::StatusOr<CurlAnswer> Answer(absl::string_view url) {
    if (result_ != CURLE_OK) {
      return absl::UnavailableError(
          absl::StrCat("fetch ", url, ": ", curl_easy_strerror(result_)));
    }
    curl_easy_getinfo(easy_, CURLINFO_RESPONSE_CODE, &answer_.status_code);
    return std::move(answer_);
  }

 private:
  static size_t OnBody(char* bytes, size_t, size_t size, void* transfer) {
    static_cast<Transfer*>(transfer)->answer_.body.append(bytes, size);
    return size;
  }

  CURLM* const multi_;
  CURL* const easy_;
  Event ended_;
  CURLcode result_ = CURLE_OK;
  CurlAnswer answer_;
};

CurlClient::CurlClient() : multi_(curl_multi_init()) {
  curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &OnSocketWish);
  curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
  curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &OnTimerWish);
  curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
}

// Closes the connections that were kept. Nobody waits for them any more.
CurlClient::~CurlClient() {
  nursery_ = nullptr;
  curl_multi_cleanup(multi_);
}

Task<> WithCurl(std::function<Task<>(CurlClient&)> body) {
  CurlClient client;  // Outlives the tasks that watch for it.
  co_return co_await WithNursery([&](Nursery& nursery) -> Task<> {
    client.nursery_ = &nursery;
    const absl::Status status = co_await body(client);
    nursery.Cancel();
    co_return status;
  });
}

Task<CurlAnswer> CurlClient::Get(std::string url, absl::Duration timeout) {
  Transfer transfer(multi_, url, timeout);
  co_await Try(transfer.Ended());
  co_return transfer.Answer(url);
}

int CurlClient::watched() const {
  int count = 0;
  for (const auto& [fd, socket] : sockets_) {
    if (socket.wait != nullptr && !socket.wait->cancelled()) ++count;
  }
  return count;
}

// --- What libcurl wishes ----------------------------------------------------

bool CurlClient::open() const {
  return nursery_ != nullptr && !nursery_->loop().tearing_down();
}

int CurlClient::OnSocketWish(CURL*, curl_socket_t fd, int wish, void* client,
                             void*) {
  static_cast<CurlClient*>(client)->ChangeWish(fd, wish);
  return 0;
}

int CurlClient::OnTimerWish(CURLM*, long milliseconds, void* client) {
  static_cast<CurlClient*>(client)->ChangeTimer(milliseconds);
  return 0;
}

void CurlClient::ChangeWish(curl_socket_t fd, int wish) {
  if (!open()) return;
  Socket& socket = sockets_[fd];
  socket.wish = wish;
  // At once: when this returns, libcurl may close the descriptor.
  if (socket.wait != nullptr) socket.wait->Cancel();
  if (socket.has_task || wish == CURL_POLL_REMOVE) return;
  socket.has_task = true;
  nursery_->Start([this, fd] { return Watch(fd); });
}

void CurlClient::ChangeTimer(long milliseconds) {
  if (!open()) return;
  if (timer_.has_value()) timer_->Cancel();
  timer_.reset();
  if (milliseconds < 0) return;
  timer_ = nursery_->Start([this, pause = absl::Milliseconds(milliseconds)] {
    return WaitForTimer(pause);
  });
}

// --- What comes of it -------------------------------------------------------

// A wish that changes cancels the wait, and here the new one is begun.
Task<> CurlClient::Watch(curl_socket_t fd) {
  Socket& socket = sockets_[fd];
  while (socket.wish != CURL_POLL_REMOVE) {
    CancelScope wait;
    absl::StatusOr<int> ready;
    {
      const WaitInSight in_sight(socket.wait, wait);
      ready = co_await wait.Run(WaitFor(fd, socket.wish));
    }
    if (wait.cancelled()) continue;
    if (!ready.ok()) co_return ready.status();  // The whole client is.
    Act(fd, *ready);
  }
  socket.has_task = false;
  co_return absl::OkStatus();
}

Task<> CurlClient::WaitForTimer(absl::Duration pause) {
  co_await Try(Sleep(pause));
  Act(CURL_SOCKET_TIMEOUT, 0);
  co_return absl::OkStatus();
}

void CurlClient::Act(curl_socket_t fd, int what) {
  int running = 0;
  curl_multi_socket_action(multi_, fd, what, &running);
  CollectEnded();
}

void CurlClient::CollectEnded() {
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    Transfer::Of(message->easy_handle).End(message->data.result);
  }
}
