#include "cloche/fakes/tcp_program.h"

#include <iterator>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"

namespace cloche {
namespace {

// What a step says of itself, how often it is drawn, and its least number: 0
// for those whose number is nothing that could be less.
struct Kind {
  TcpStep::What what;
  int weight;
  int least;
  absl::string_view text;  // WHO, N and HOST stand for what they are.
};

// clang-format off: one kind, one row, in the order of TcpStep::What.
constexpr Kind kKinds[] = {
    {TcpStep::kConnect, 8, 0, "WHO connects"},
    {TcpStep::kAccept, 8, 0, "the listener accepts WHO"},
    {TcpStep::kSend, 14, 1, "WHO sends N bytes"},
    {TcpStep::kSendUrgent, 1, 1, "WHO sends N bytes, the last out of band"},
    {TcpStep::kReceive, 10, 1, "WHO receives up to N bytes"},
    {TcpStep::kPeek, 2, 1, "WHO peeks at up to N bytes"},
    {TcpStep::kPollReceive, 5, 1, "WHO looks, and receives up to N bytes"},
    {TcpStep::kPollSend, 5, 1, "WHO looks, and sends N bytes"},
    {TcpStep::kShutdown, 3, 0, "WHO shuts down for HOW"},
    {TcpStep::kClose, 4, 0, "WHO closes"},
    {TcpStep::kHangUp, 2, 0, "WHO hangs up"},
    {TcpStep::kTakeError, 2, 0, "WHO takes its error"},
    {TcpStep::kCollectEdges, 8, 0, "WHO collects its edges"},
    {TcpStep::kStopListening, 1, 0, "the listener closes"},
    {TcpStep::kListen, 1, 0, "a listener listens, with a backlog of N"},
    {TcpStep::kPassTime, 20, 1, "N ms pass"},
    {TcpStep::kCut, 1, 0, "what HOST sends is lost"},
    {TcpStep::kMend, 2, 0, "what was cut is mended"},
    {TcpStep::kLatency, 0, 0, "the link takes N ms"},
    {TcpStep::kJitter, 0, 1, "... and up to N ms more"},
    {TcpStep::kLoss, 0, 1, "N per cent are lost"},
    {TcpStep::kBandwidth, 0, 0, "N bytes pass in a second"},
    {TcpStep::kSegmentSize, 0, 0, "a segment has at most N bytes"},
    {TcpStep::kBuffers, 0, 0, "buffers have N bytes from now on"},
    {TcpStep::kShortWrites, 0, 0, "HOST takes at most N bytes in a send"},
    {TcpStep::kShortArrivals, 0, 0, "at HOST N bytes arrive at a time"},
};
// clang-format on

constexpr absl::string_view kHows[] = {"reading", "writing", "both"};

// Of what is drawn at the start, all with the same odds; but small buffers are
// half of all, or hardly any would ever be full.
constexpr TcpStep kSmallBuffers = {TcpStep::kBuffers, TcpStep::kClient1, 2500};
constexpr TcpStep kWeather[] = {
    {TcpStep::kLatency, TcpStep::kClient1, 40},
    {TcpStep::kLatency, TcpStep::kClient1, 1500},
    {TcpStep::kLatency, TcpStep::kClient1, 0},
    {TcpStep::kJitter, TcpStep::kClient1, 30},
    {TcpStep::kLoss, TcpStep::kClient1, 20},
    {TcpStep::kBandwidth, TcpStep::kClient1, 10000},
    {TcpStep::kSegmentSize, TcpStep::kClient1, 10},
    {TcpStep::kSegmentSize, TcpStep::kClient1, 100},
    {TcpStep::kShortWrites, TcpStep::kClient1, 1},
    {TcpStep::kShortWrites, TcpStep::kServer1, 7},
    {TcpStep::kShortArrivals, TcpStep::kClient1, 1},
    {TcpStep::kShortArrivals, TcpStep::kServer1, 300},
};

constexpr TcpStep kGreeting[] = {
    {TcpStep::kStopListening, TcpStep::kServer1, 0},
    {TcpStep::kListen, TcpStep::kServer1, 2},  // Now with the right buffers.
    {TcpStep::kConnect, TcpStep::kClient1, 0},
    {TcpStep::kPassTime, TcpStep::kClient1, 5000},
    {TcpStep::kAccept, TcpStep::kServer1, 0},
};

constexpr int kSizes[] = {1, 3, 10, 100, 1000, 3000, 3000};
constexpr int kPauses[] = {1, 1, 2, 10, 50, 200, 1000, 5000, 70000};

const Kind& KindOf(TcpStep::What what) { return kKinds[what]; }

size_t Below(std::mt19937_64& random, size_t end) { return random() % end; }

template <typename Things>
auto OneOf(std::mt19937_64& random, const Things& things) {
  return things[Below(random, std::size(things))];
}

TcpStep::What DrawWhat(std::mt19937_64& random) {
  int all = 0;
  for (const Kind& kind : kKinds) all += kind.weight;
  int left = static_cast<int>(Below(random, all));
  for (const Kind& kind : kKinds) {
    left -= kind.weight;
    if (left < 0) return kind.what;
  }
  return TcpStep::kPassTime;
}

int DrawNumber(std::mt19937_64& random, TcpStep::What what) {
  switch (what) {
    case TcpStep::kPassTime:
      return OneOf(random, kPauses);
    case TcpStep::kShutdown:
      return static_cast<int>(Below(random, std::size(kHows)));
    case TcpStep::kListen:
      return static_cast<int>(Below(random, 3));
    default:
      return OneOf(random, kSizes);
  }
}

// Who it is where nothing is said of a client or of a server does not matter.
TcpStep::Who DrawWho(std::mt19937_64& random, TcpStep::What what) {
  constexpr TcpStep::Who kOften[] = {TcpStep::kClient1, TcpStep::kClient1,
                                     TcpStep::kClient1, TcpStep::kServer1,
                                     TcpStep::kServer1, TcpStep::kServer1,
                                     TcpStep::kClient2, TcpStep::kServer2};
  const size_t who = OneOf(random, kOften);
  if (what == TcpStep::kConnect) return static_cast<TcpStep::Who>(who % 2);
  if (what == TcpStep::kAccept) return static_cast<TcpStep::Who>(who % 2 + 2);
  return static_cast<TcpStep::Who>(who);
}

TcpStep DrawStep(std::mt19937_64& random) {
  const TcpStep::What what = DrawWhat(random);
  const TcpStep::Who who = DrawWho(random, what);
  return {what, who, DrawNumber(random, what)};
}

}  // namespace

std::string ToText(TcpStep::Who who) {
  constexpr absl::string_view kNames[] = {"client 1", "client 2", "server 1",
                                          "server 2"};
  return std::string(kNames[who]);
}

std::string ToText(const TcpStep& step) {
  const absl::string_view how =
      step.what == TcpStep::kShutdown ? kHows[step.number] : "";
  const absl::string_view host =
      IsClient(step.who) ? "the clients' host" : "the server's host";
  // In one go, and longer names first: what was put in stays as it is.
  return absl::StrReplaceAll(KindOf(step.what).text,
                             {{"WHO", ToText(step.who)},
                              {"HOST", host},
                              {"HOW", how},
                              {"N", absl::StrCat(step.number)}});
}

TcpProgram DrawTcpProgram(std::mt19937_64& random) {
  TcpProgram program;
  const size_t weathers = Below(random, 4);
  for (size_t i = 0; i < weathers; ++i) {
    program.push_back(OneOf(random, kWeather));
  }
  if (Below(random, 2) == 0) program.push_back(kSmallBuffers);
  // Most begin with a connection, so that there is something to talk about.
  if (Below(random, 4) != 0) {
    program.insert(program.end(), std::begin(kGreeting), std::end(kGreeting));
  }
  const size_t calls = 5 + Below(random, 60);
  for (size_t i = 0; i < calls; ++i) program.push_back(DrawStep(random));
  return program;
}

TcpProgram SimplerTcpSteps(const TcpStep& step) {
  TcpProgram simpler;
  const int least = KindOf(step.what).least;
  if (least > 0 && step.number > least) {
    simpler.push_back({step.what, step.who, least});
    simpler.push_back({step.what, step.who, step.number / 2});
    simpler.push_back({step.what, step.who, step.number - 1});
  }
  const bool second =
      step.who == TcpStep::kClient2 || step.who == TcpStep::kServer2;
  if (second) {
    const auto first = static_cast<TcpStep::Who>(step.who - 1);
    simpler.push_back({step.what, first, step.number});
  }
  return simpler;
}

}  // namespace cloche
