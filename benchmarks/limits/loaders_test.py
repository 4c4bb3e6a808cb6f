"""What is read from the output of wrk, ab and strace, and made of the numbers.

How long anything takes is not tested.
"""

import unittest

import loaders
import report
from servers import BenchError

WRK = """Running 1s test @ http://127.0.0.1:44609/
  1 threads and 10 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency   747.98us    1.34ms   8.19ms   85.16%
    Req/Sec    48.79k     6.91k   60.22k    80.00%
  48707 requests in 1.01s, 6.04MB read
Requests/sec:  48270.35
Transfer/sec:      5.98MB
"""

AB = """Time taken for tests:   0.113 seconds
Complete requests:      1000
Failed requests:        0
Total transferred:      149000 bytes
Requests per second:    8881.39 [#/sec] (mean)
Time per request:       1.126 [ms] (mean)
"""

STRACE = """% time     seconds  usecs/call     calls    errors syscall
------ ----------- ----------- --------- --------- ----------------
 60.16    0.022975          22      1000           sendto
  0.58    0.000221          20        11         1 accept4
------ ----------- ----------- --------- --------- ----------------
100.00    0.038190          18      1011         1 total
"""


class Parsing(unittest.TestCase):

    def test_reads_requests_and_rate_of_wrk(self):
        self.assertEqual(loaders.parse_wrk(WRK), loaders.Load(48707, 48270.35))

    def test_reads_requests_and_rate_of_ab(self):
        self.assertEqual(loaders.parse_ab(AB), loaders.Load(1000, 8881.39))

    def test_reads_the_calls_in_total_of_strace(self):
        self.assertEqual(loaders.parse_strace(STRACE), 1011)

    def test_reads_the_calls_of_strace_when_none_failed(self):
        without_errors = STRACE.replace("1011         1", "1011          ")
        self.assertEqual(loaders.parse_strace(without_errors), 1011)

    def test_refuses_a_run_of_wrk_with_errors(self):
        for trouble in ["Socket errors: connect 0, read 3, write 0, timeout 0",
                        "Non-2xx or 3xx responses: 7"]:
            with self.assertRaisesRegex(BenchError, trouble):
                loaders.parse_wrk(f"{WRK}  {trouble}\n")

    def test_refuses_a_run_of_ab_with_errors(self):
        for text in [AB.replace("Failed requests:        0",
                                "Failed requests:        2"),
                     AB + "Non-2xx responses:      2\n"]:
            with self.assertRaises(BenchError):
                loaders.parse_ab(text)

    def test_refuses_what_it_cannot_read(self):
        for parse in [loaders.parse_wrk, loaders.parse_ab,
                      loaders.parse_strace]:
            with self.assertRaises(BenchError):
                parse("Segmentation fault\n")


class Reporting(unittest.TestCase):

    def test_has_the_median_and_its_quartiles(self):
        self.assertEqual(report.times([5, 1, 4, 2, 3]),
                         "3.00 (2.00\N{EN DASH}4.00)")

    def test_has_one_round_as_its_own_quartiles(self):
        self.assertEqual(report.times([3]), "3.00 (3.00\N{EN DASH}3.00)")

    def test_compares_within_a_round(self):
        self.assertEqual(report.ratios([2, 40], base=[1, 10]), [2, 4])

    def test_makes_a_table_that_markdown_understands(self):
        self.assertEqual(report.table(["a", "b"], [["x", "1"]]),
                         "| a | b |\n| --- | --: |\n| x | 1 |")


if __name__ == "__main__":
    unittest.main()
