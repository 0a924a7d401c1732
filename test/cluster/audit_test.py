"""The audit reader, on events made by hand."""
import datetime
import json
import unittest

import audit

HUMAN = "alice"


def stamp(time):
    return datetime.datetime.fromtimestamp(time, datetime.timezone.utc).isoformat().replace("+00:00", "Z")


def line(time, verb, resource, name, **more):
    """One line of the log; `more` may set user, code, namespace, request, response, took, stage."""
    resource, _, subresource = resource.partition("/")
    where = {"resource": resource, "name": name, "namespace": more.get("namespace", "")}
    if subresource:
        where["subresource"] = subresource
    user = more.get("user", audit.CONTROLLER)
    return json.dumps({
        "stage": more.get("stage", "ResponseComplete"), "verb": verb, "objectRef": where, "requestURI": "/",
        "user": {"username": user} if user else {}, "responseStatus": {"code": more.get("code", 200)},
        "requestReceivedTimestamp": stamp(time - more.get("took", 0)), "stageTimestamp": stamp(time),
        "requestObject": more.get("request", {}), "responseObject": more.get("response", {})})


def node(time, name, version, cordoned=False, ours=True, **more):
    annotations = {audit.CORDONED_BY: "production/1"} if cordoned and ours else {}
    body = {"kind": "Node", "metadata": {"name": name, "resourceVersion": str(version), "annotations": annotations},
            "spec": {"unschedulable": True} if cordoned else {}}
    return line(time, "patch", "nodes", name, response=body, **more)


class Parsing(unittest.TestCase):
    def test_events_come_in_the_order_of_their_answers(self):
        events = audit.parse([line(9, "get", "pods", "late"), line(3, "get", "pods", "early")])
        self.assertEqual([event.name for event in events], ["early", "late"])

    def test_a_watch_counts_once_when_it_is_opened(self):
        lines = [line(1, "watch", "nodes", "", stage="ResponseStarted"), line(9, "watch", "nodes", "")]
        self.assertEqual(audit.requests(audit.parse(lines)), {("watch", "nodes"): 1})

    def test_who_was_refused_is_nobody_and_counts_once(self):
        refused = [line(1, verb, "nodes", "", user="", code=401, stage="ResponseStarted") for verb in ("watch", "list")]
        self.assertEqual(audit.requests(audit.parse(refused), user=""), {("watch", "nodes"): 1, ("list", "nodes"): 1})

    def test_a_line_cut_short_is_left_out(self):
        self.assertEqual(audit.parse([line(1, "get", "pods", "a")[:40]]), [])

    def test_a_generated_name_is_taken_from_the_answer(self):
        created = line(1, "create", "pods", "", response={"metadata": {"name": "web-1"}, "spec": {"nodeName": "w1"}})
        self.assertEqual(audit.placements(audit.parse([created])), {("", "web-1"): [(1.0, "w1")]})


class Cordons(unittest.TestCase):
    def test_a_humans_cordon_is_not_ours(self):
        events = audit.parse([node(1, "w1", 5, cordoned=True, ours=False, user=HUMAN)])
        self.assertEqual(audit.cordons(events), {})

    def test_states_follow_resource_versions_when_answers_overtake_each_other(self):
        events = audit.parse([node(2.0, "w1", 6), node(2.1, "w1", 5, cordoned=True)])
        self.assertFalse(audit.node_states(events)["w1"][-1].unschedulable)

    def test_a_cordon_that_stays_has_no_end(self):
        events = audit.parse([node(1, "w1", 5, cordoned=True)])
        self.assertEqual(audit.cordons(events), {"w1": [(1.0, float("inf"))]})

    def test_two_nodes_at_once_are_seen(self):
        events = audit.parse([node(1, "w1", 5, cordoned=True), node(2, "w2", 6, cordoned=True), node(3, "w1", 7),
                              node(4, "w2", 8)])
        self.assertEqual(audit.most_at_once(audit.cordons(events)), (2, ["w1", "w2"]))

    def test_one_after_the_other_at_the_same_instant_is_not_two(self):
        self.assertEqual(audit.most_at_once({"w1": [(1, 2)], "w2": [(2, 3)]})[0], 1)

    def test_a_refused_write_changes_nothing(self):
        events = audit.parse([node(1, "w1", 5, cordoned=True, code=409)])
        self.assertEqual(audit.cordons(events), {})


class Work(unittest.TestCase):
    def setUp(self):
        job, pod = audit.JOB_NAMESPACE, {"metadata": {"name": "job-1"}, "spec": {"nodeName": "w1"}}
        self.events = audit.parse([
            line(0, "create", "pods/binding", "web-1", user="scheduler", code=201, namespace="a",
                 request={"target": {"name": "w1"}}),
            node(10, "w1", 5, cordoned=True, took=0.5),
            line(11, "create", "pods/eviction", "web-1", code=429, namespace="a"),
            line(12, "create", "pods/eviction", "web-1", code=201, namespace="a"),
            line(15, "delete", "pods", "web-1", user="kwok", namespace="a"),
            line(16, "create", "jobs", "cu-1", code=201, namespace=job, response={"metadata": {"annotations": {
                "clusterupgrade.io/node": "w1", "clusterupgrade.io/version": "v1.36.3",
                "clusterupgrade.io/attempt": "1"}}}),
            line(16.5, "create", "pods", "", user="kcm", code=201, namespace=job, response=pod),
            line(17, "patch", "pods/status", "job-1", user="agent", namespace=job,
                 request={"status": {"phase": "Running"}}),
            line(19, "patch", "pods/status", "job-1", user="agent", namespace=job,
                 request={"status": {"phase": "Succeeded"}}),
            line(20, "create", "events", "e", code=201, namespace="default"),
            node(30, "w1", 9)])

    def test_time_is_split_into_pods_job_and_dead(self):
        work, = audit.node_works(self.events)
        self.assertEqual((work.node, work.evictions, work.refused), ("w1", 1, 1))
        self.assertEqual((work.wall, work.pods_ending, work.job_run), (20.5, 3.0, 2.0))
        self.assertEqual(work.dead(soak=10), 5.5)

    def test_requests_leave_events_out(self):
        work, = audit.node_works(self.events)
        self.assertEqual(work.requests, {"patch": 2, "create": 3})

    def test_a_pod_that_comes_back_under_its_name_is_judged_by_where_it_was(self):
        later = [line(16, "create", "pods/binding", "web-1", user="scheduler", code=201, namespace="a",
                      request={"target": {"name": "w2"}}),
                 line(40, "delete", "pods", "web-1", user="kwok", namespace="a")]
        events = sorted(self.events + audit.parse(later), key=lambda event: event.end)
        work, = audit.node_works(events)
        self.assertEqual((work.evictions, work.pods_ending), (1, 3.0))

    def test_a_job_made_twice_is_seen(self):
        again = [event for event in self.events if event.resource == "jobs"]
        pull = audit.parse([line(9, "create", "jobs", "cu-pull-1", code=201, namespace=audit.JOB_NAMESPACE, response={
            "metadata": {"labels": {"clusterupgrade.io/pulls-images": "true"}}})])
        self.assertEqual(audit.job_creations(pull + self.events + again), {("w1", "v1.36.3", "1"): 2})

    def test_the_first_write_after_a_time_skips_leases_and_refusals(self):
        events = audit.parse([line(2, "update", "leases", "l"), line(3, "patch", "nodes", "w1", code=409),
                              line(4, "patch", "nodes", "w1")])
        self.assertEqual(audit.first_write_after(events, 1).end, 4)

    def test_overlapping_ends_of_pods_count_once(self):
        self.assertEqual(audit.union_length([(1, 4), (2, 3), (6, 7)]), 4)


if __name__ == "__main__":
    unittest.main()
