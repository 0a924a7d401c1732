"""Each value of spec.drain's policies against a real API server."""
import unittest

import audit
import workloads
from drain_case import DrainCase
from harness import condition
from node_agent import ready_condition


def volume_attachment(name, node, volume):
    return {"apiVersion": "storage.k8s.io/v1", "kind": "VolumeAttachment", "metadata": {"name": name},
            "spec": {"attacher": "csi.example.com", "nodeName": node, "source": {"persistentVolumeName": volume}}}


def volume(name, namespace, claim):
    """Bound to the claim."""
    return {"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": name},
            "spec": {"capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOnce"],
                     "persistentVolumeReclaimPolicy": "Retain", "storageClassName": "",
                     "claimRef": {"kind": "PersistentVolumeClaim", "namespace": namespace, "name": claim},
                     "csi": {"driver": "csi.example.com", "volumeHandle": name}}}


class TimeIsUp(DrainCase):
    """timeoutSeconds and onTimeout."""

    cluster_name = "drain-timeout"

    def deletions(self):
        """The controller's own deletions of pods."""
        return [event.name for event in self.events() if event.verb == "delete" and event.resource == "pods"
                and event.user == audit.CONTROLLER and event.accepted]

    def test_fail_gives_the_node_back_and_says_what_it_waited_for(self):
        self.web()
        self.drain(timeoutSeconds=2)
        item = self.cluster.wait_condition("Stalled")
        failure, = item["status"]["failures"]
        self.assertEqual(failure["reason"], "DrainTimeout")
        self.assertIn(f"{self.ns}/web", failure["message"])
        self.wait_given_back()
        self.assertEqual(self.evictions(code=201), [])

    def test_skip_goes_on_with_the_others_and_comes_back_last(self):
        self.web()
        other = f"{self.node}-other"
        self.cluster.add_nodes([other])
        self.drain(timeoutSeconds=2, onTimeout="Skip")
        item = self.cluster.wait_upgrade(lambda found: found["status"].get("postponed"), "postponed")
        entry, = item["status"]["postponed"]
        self.assertEqual((entry["name"], entry["reason"]), (self.node, "DrainTimeout"))
        self.cluster.wait_node(other, lambda node: node["status"]["nodeInfo"]["kubeletVersion"] == "v1.36.3", "done")
        self.let_go()
        item = self.wait_ready()
        self.assertEqual(item["status"].get("postponed", []), [])

    def test_skip_is_a_failure_the_second_time(self):
        self.web()
        self.drain(timeoutSeconds=1, onTimeout="Skip")
        item = self.cluster.wait_condition("Stalled")
        self.assertEqual([failure["reason"] for failure in item["status"]["failures"]], ["DrainTimeout"])
        self.wait_given_back()

    def test_delete_takes_the_rest_away_past_its_budget(self):
        self.grant("delete-pods.yaml")
        self.web(replicas=2)
        names = {pod["metadata"]["name"] for pod in self.pods("web")}
        self.drain(timeoutSeconds=2, onTimeout="Delete")
        self.wait_ready()
        self.assertEqual(set(self.deletions()), names)
        self.assertEqual(self.evictions(code=201), [])

    def test_delete_that_lost_its_role_on_the_way_names_it(self):
        self.web()
        self.drain(timeoutSeconds=2, onTimeout="Delete", ignore=["DeleteNotAllowed"])
        _, _, item = self.wait_blocked("Forbidden", "Pod")
        self.assertIn("deploy/optional/delete-pods.yaml", self.reconciling(item))


class Choices(DrainCase):
    """Which pods leave, and how."""

    cluster_name = "drain-choices"

    def test_unmanaged_pods_refused(self):
        self.fill(self.pod("alone"))
        self.refused(f"{self.ns}/alone", unmanagedPods="Refuse")

    def test_pods_with_empty_dir_refused(self):
        self.fill(workloads.deployment("scratch", 1, self.ns, empty_dir=True))
        self.refused(f"{self.ns}/scratch", emptyDirPods="Refuse")

    def test_deletion_without_its_role_refused(self):
        self.web()  # in this class nobody grants it: an answer that allowed it is believed for 10 s
        self.refused("deploy/optional/delete-pods.yaml", onTimeout="Delete")

    def refused(self, name, **drain):
        self.drain(**drain)
        item = self.cluster.wait_condition("Stalled", reason="PreflightRefused")
        self.assertIn(name, condition(item, "Stalled")["message"])
        self.assertEqual(self.cluster.cordoned(), [])
        self.assertEqual(self.evictions(), [])

    def test_skipped_pods_stay(self):
        self.fill(self.pod("kept"), self.pod("alone"))
        self.drain(skipPods={"matchLabels": {"app": "kept"}})
        self.wait_ready()
        self.assertEqual([event.name for event in self.evictions()], ["alone"])
        self.assertNotIn("deletionTimestamp", self.client.get("pods", "kept", self.ns)["metadata"])

    def test_a_grace_period_is_passed_on(self):
        self.web(held=False)
        self.drain(gracePeriodSeconds=7)
        self.wait_ready()
        self.assertEqual([event.request["deleteOptions"]["gracePeriodSeconds"] for event in self.evictions()], [7])

    def batch(self, run):
        """A Job whose pod runs on self.node for so long."""
        template = workloads.template("batch", workloads.times(run=run), self.pod("batch")["spec"])
        template["spec"]["restartPolicy"] = "Never"
        job = {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "batch", "namespace": self.ns},
               "spec": {"template": template}}
        workloads.create(self.client, job)
        self.client.wait_for("jobs", "batch", lambda item: item["status"].get("ready"), "its pod runs", self.ns)

    def test_pods_that_finish_by_themselves_are_waited_for_first(self):
        self.web(held=False)
        self.batch(run="4s")
        self.drain(waitForPods={"selector": {"matchLabels": {"app": "batch"}}})
        self.wait_blocked("WaitingToFinish", "Pod")
        self.assertEqual(self.evictions(), [])
        self.wait_ready()
        finished = next(event.start for event in self.events() if event.resource == "pods/status"
                        and event.request.get("status", {}).get("phase") == "Succeeded")
        self.assertTrue(all(event.start > finished for event in self.evictions()))

    def test_pods_that_do_not_finish_in_time_leave_with_the_others(self):
        self.batch(run="1h")
        pod, = self.pods("batch")
        self.drain(waitForPods={"selector": {"matchLabels": {"app": "batch"}}, "timeoutSeconds": 2})
        self.wait_blocked("WaitingToFinish", "Pod", pod["metadata"]["name"])
        self.client.delete("jobs", "batch", self.ns, propagation="Orphan")
        self.wait_ready()
        self.assertEqual(len(self.evictions(pod["metadata"]["name"], 201)), 1)

    def test_a_dead_kubelet_is_named(self):
        stuck = self.pod("stuck", annotations=workloads.times(termination="1h"))
        stuck["spec"]["terminationGracePeriodSeconds"] = 1
        self.fill(stuck)
        self.drain()
        self.client.wait_for("pods", "stuck", lambda pod: "deletionTimestamp" in pod["metadata"], "leaves", self.ns)
        self.client.patch("nodes", self.node, {"status": {"conditions": [ready_condition(False)]}}, None, "status",
                          "strategic")
        _, _, item = self.wait_blocked("KubeletGone", "Pod", "stuck")
        self.assertIn("out-of-service", self.reconciling(item))
        self.client.patch("nodes", self.node, {"status": {"conditions": [ready_condition(True)]}}, None, "status",
                          "strategic")
        self.client.delete("pods", "stuck", self.ns, grace=0)
        self.wait_ready()


class Volumes(DrainCase):
    """The node's attachments after the last pod."""

    cluster_name = "drain-volumes"

    def stateful(self):
        """A pod with a claim, and the attachment of its volume."""
        item = self.pod("db")
        item["spec"]["volumes"] = [{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}]
        self.fill(item)
        self.attachment = f"csi-{self.ns}"
        self.volume = f"pv-data-{self.ns}"
        self.client.create("persistentvolumes", volume(self.volume, self.ns, "data"))
        self.addCleanup(lambda: self.client.delete("persistentvolumes", self.volume))
        self.client.create("volumeattachments", volume_attachment(self.attachment, self.node, self.volume))
        self.addCleanup(lambda: self.client.find("volumeattachments", self.attachment) and
                        self.client.delete("volumeattachments", self.attachment))

    def test_the_job_waits_until_they_are_detached(self):
        self.stateful()
        self.drain()
        by, _, item = self.wait_blocked("VolumeAttached", "VolumeAttachment", self.attachment)
        self.assertIn(self.volume, self.reconciling(item))
        self.assertEqual(by["name"], self.attachment)
        self.client.delete("volumeattachments", self.attachment)
        self.wait_ready()

    def test_past_its_time_the_upgrade_goes_on_with_a_warning(self):
        self.stateful()
        self.drain(volumeDetachTimeoutSeconds=2)
        item = self.wait_ready()
        self.assertTrue([warning for warning in item["status"]["warnings"] if self.volume in warning])

    def test_nothing_is_asked_where_no_pod_has_a_claim(self):
        self.web(held=False)
        self.drain()
        self.wait_ready()
        self.assertEqual([event for event in self.cluster.audit() if event.user == audit.CONTROLLER
                          and event.resource == "volumeattachments" and self.node in event.uri], [])


if __name__ == "__main__":
    unittest.main()
