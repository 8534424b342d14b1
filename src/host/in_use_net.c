/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netlink/errno.h>
#include <netlink/netlink.h>
#include <netlink/route/addr.h>
#include <netlink/route/link.h>
#include <netlink/route/route.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "host/class_device.h"
#include "host/in_use_part.h"

#define NET "/sys/class/net"
#define CLASS_NETWORK 0x02
/* A table that changes while it is read has to be read again. */
#define DUMP_ATTEMPTS 3

#define UPPERS_MAX 64

/* An interface of the device, and what is built on it: bridge, bond, VLAN and the like. */
struct interface {
	const struct in_use_source *source;
	const char *name;
	int indexes[UPPERS_MAX]; /* its own comes first */
	char names[UPPERS_MAX][IF_NAMESIZE];
	size_t n_indexes;
	size_t asked; /* which of them routes are asked of */
	const struct session_list *sessions;
	struct in_use_list *list;
	int failure; /* -ENOMEM, noted inside a callback */
	bool has_address;
	bool has_route;
};

static int position(const struct interface *interface, int index)
{
	for (size_t i = 0; i < interface->n_indexes; i++)
		if (interface->indexes[i] == index)
			return (int)i;
	return -1;
}

/* fe80::/10 comes by itself on every interface that is up. */
static bool is_automatic(const struct nl_addr *address)
{
	const uint8_t *bytes = nl_addr_get_binary_addr(address);

	return nl_addr_get_family(address) == AF_INET6 && nl_addr_get_len(address) == 16 &&
	       bytes[0] == 0xfe && (bytes[1] & 0xc0) == 0x80;
}

/* ff00::/8, likewise. */
static bool is_multicast(const struct nl_addr *address)
{
	const uint8_t *bytes = nl_addr_get_binary_addr(address);

	return nl_addr_get_family(address) == AF_INET6 && nl_addr_get_len(address) == 16 &&
	       bytes[0] == 0xff;
}

/*
 * Whether sysfs and netlink speak of the same interface. They do not where one of them is of
 * another network namespace, and names are the same in many.
 */
static bool is_same(const struct interface *interface, struct rtnl_link *link)
{
	struct nl_addr *address = rtnl_link_get_addr(link);
	char text[64], index[32], mac[64];

	if (host_root_read(interface->source->root, index, sizeof(index), NET "/%s/ifindex",
			   interface->name) <= 0 ||
	    strtol(index, NULL, 10) != rtnl_link_get_ifindex(link))
		return false;
	return !address || (host_root_read(interface->source->root, mac, sizeof(mac),
					   NET "/%s/address", interface->name) > 0 &&
			    strcasecmp(nl_addr2str(address, text, sizeof(text)), mac) == 0);
}

/* Adds an interface that stands on the member @lower. */
static int add_upper(struct interface *interface, struct rtnl_link *upper, size_t lower)
{
	const char *type = rtnl_link_get_type(upper);
	size_t place = interface->n_indexes;

	if (position(interface, rtnl_link_get_ifindex(upper)) >= 0 || place == UPPERS_MAX)
		return 0;
	interface->indexes[place] = rtnl_link_get_ifindex(upper);
	snprintf(interface->names[place], IF_NAMESIZE, "%s", rtnl_link_get_name(upper));
	interface->n_indexes++;
	return in_use_addf(interface->list, IN_USE_NET_MASTER, "RTM_GETLINK",
			   "%s is part of %s (%s)", interface->names[lower],
			   interface->names[place], type ? type : "unknown type");
}

/* What is built on the member @lower: its master, and what has it as its lower link. */
static int add_uppers(struct nl_cache *links, struct interface *interface, size_t lower)
{
	int index = interface->indexes[lower], r = 0;
	struct rtnl_link *own = rtnl_link_get(links, index);
	int master = own ? rtnl_link_get_master(own) : 0;

	if (own)
		rtnl_link_put(own);
	for (struct nl_object *object = nl_cache_get_first(links); object && r == 0;
	     object = nl_cache_get_next(object)) {
		struct rtnl_link *link = (struct rtnl_link *)object;
		int other;

		/* A link whose lower end is in another namespace has a number from there. */
		if (rtnl_link_get_ifindex(link) == master ||
		    (rtnl_link_get_link(link) == index &&
		     rtnl_link_get_link_netnsid(link, &other) < 0))
			r = add_upper(interface, link, lower);
	}
	return r;
}

/* Returns 0, -ENOMEM, or 1 where the kernel did not answer. */
static int read_link(struct nl_sock *socket, struct interface *interface)
{
	struct nl_cache *links;
	struct rtnl_link *link;
	int r = 1;

	if (rtnl_link_alloc_cache(socket, AF_UNSPEC, &links) < 0)
		return 1;
	link = rtnl_link_get_by_name(links, interface->name);
	if (link && is_same(interface, link)) {
		interface->indexes[0] = rtnl_link_get_ifindex(link);
		snprintf(interface->names[0], IF_NAMESIZE, "%s", interface->name);
		interface->n_indexes = 1;
		r = 0;
		if (rtnl_link_get_flags(link) & IFF_UP)
			r = in_use_addf(interface->list, IN_USE_NET_UP, "RTM_GETLINK", "%s is up",
					interface->name);
	}
	if (link)
		rtnl_link_put(link);
	for (size_t i = 0; r == 0 && i < interface->n_indexes; i++)
		r = add_uppers(links, interface, i);
	nl_cache_free(links);
	return r;
}

/* Whether a session's own end is this address. */
static const struct session *find_session(const struct interface *interface,
					  const struct nl_addr *address)
{
	for (size_t i = 0; i < interface->sessions->n_sessions; i++) {
		const struct session *session = &interface->sessions->sessions[i];

		if (session->family == nl_addr_get_family(address) &&
		    memcmp(session->local, nl_addr_get_binary_addr(address),
			   nl_addr_get_len(address)) == 0)
			return session;
	}
	return NULL;
}

static int note_session(const struct interface *interface, const struct session *session)
{
	char from[INET6_ADDRSTRLEN] = "?", evidence[64];

	inet_ntop(session->family, session->remote, from, sizeof(from));
	snprintf(evidence, sizeof(evidence), "/proc/%ld/fd", (long)session->socket->pid);
	return in_use_addf(interface->list, IN_USE_NET_SSH, evidence,
			   "%s carries %s session from %s (%s, pid %ld)", interface->name,
			   session->socket->ancestor ? "your own" : "a remote", from,
			   session->socket->command, (long)session->socket->pid);
}

static int read_addresses(struct nl_sock *socket, struct interface *interface)
{
	struct nl_cache *cache;
	int r = 0;

	if (rtnl_addr_alloc_cache(socket, &cache) < 0)
		return 1;
	for (struct nl_object *object = nl_cache_get_first(cache); object && r == 0;
	     object = nl_cache_get_next(object)) {
		struct rtnl_addr *entry = (struct rtnl_addr *)object;
		struct nl_addr *address = rtnl_addr_get_local(entry);
		int place = position(interface, rtnl_addr_get_ifindex(entry));
		const struct session *session;
		char text[INET6_ADDRSTRLEN + 8];

		if (place < 0 || !address)
			continue;
		session = find_session(interface, address);
		if (session)
			r = note_session(interface, session);
		if (r < 0 || is_automatic(address))
			continue;
		interface->has_address = true;
		r = in_use_addf(interface->list, IN_USE_NET_ADDRESS, "RTM_GETADDR", "%s has %s",
				interface->names[place], nl_addr2str(address, text, sizeof(text)));
	}
	nl_cache_free(cache);
	return r;
}

/*
 * Routes that somebody has set: those that the kernel adds with an address, and those of
 * broadcast and the like, say nothing that the address does not.
 */
static bool is_route_of(struct rtnl_route *route, const struct interface *interface)
{
	struct nl_addr *to = rtnl_route_get_dst(route);

	if (rtnl_route_get_table(route) == RT_TABLE_LOCAL ||
	    rtnl_route_get_type(route) != RTN_UNICAST ||
	    rtnl_route_get_protocol(route) == RTPROT_KERNEL ||
	    (to && nl_addr_get_prefixlen(to) > 0 && (is_automatic(to) || is_multicast(to))))
		return false;
	for (int i = 0; i < rtnl_route_get_nnexthops(route); i++)
		if (rtnl_route_nh_get_ifindex(rtnl_route_nexthop_n(route, i)) ==
		    interface->indexes[interface->asked])
			return true;
	return false;
}

static void note_route(struct rtnl_route *route, struct interface *interface)
{
	struct nl_addr *to = rtnl_route_get_dst(route);
	char text[INET6_ADDRSTRLEN + 8];
	const char *name = interface->names[interface->asked];
	int r;

	if (!to || nl_addr_get_prefixlen(to) == 0)
		r = in_use_addf(interface->list, IN_USE_NET_ROUTE, "RTM_GETROUTE",
				"%s has the default route", name);
	else
		r = in_use_addf(interface->list, IN_USE_NET_ROUTE, "RTM_GETROUTE",
				"%s has a route to %s", name, nl_addr2str(to, text, sizeof(text)));
	interface->has_route = true;
	if (r < 0)
		interface->failure = r;
}

static int take_route(struct nl_msg *message, void *data)
{
	struct interface *interface = data;
	struct rtnl_route *route;

	/* One is enough; the rest is still read, so that the socket stays usable. */
	if (interface->has_route || rtnl_route_parse(nlmsg_hdr(message), &route) < 0)
		return NL_OK;
	if (is_route_of(route, interface))
		note_route(route, interface);
	rtnl_route_put(route);
	return NL_OK;
}

/*
 * Asks for the routes of one family through this interface. A router has a million of them:
 * the kernel is asked to filter, and none is kept.
 */
static int read_routes(struct nl_sock *socket, struct interface *interface, uint8_t family)
{
	struct rtmsg header = {.rtm_family = family};
	int r = -NLE_DUMP_INTR;

	for (int attempt = 0; attempt < DUMP_ATTEMPTS && r == -NLE_DUMP_INTR; attempt++) {
		struct nl_msg *message =
			nlmsg_alloc_simple(RTM_GETROUTE, NLM_F_REQUEST | NLM_F_DUMP);

		if (!message)
			return -ENOMEM;
		if (nlmsg_append(message, &header, sizeof(header), NLMSG_ALIGNTO) < 0 ||
		    nla_put_u32(message, RTA_OIF, (uint32_t)interface->indexes[interface->asked]) <
			    0) {
			nlmsg_free(message);
			return -ENOMEM;
		}
		r = nl_send_auto(socket, message);
		nlmsg_free(message);
		if (r >= 0)
			r = nl_recvmsgs_default(socket);
	}
	/* A kernel without IPv6 knows no such family. */
	if (r == -NLE_OPNOTSUPP || r == -NLE_AF_NOSUPPORT)
		r = 0;
	return r < 0 ? 1 : interface->failure;
}

/*
 * The route dump has its own socket: strict checking makes the kernel filter, and makes it
 * refuse the short headers that the library's own requests have.
 */
static int read_all_routes(struct interface *interface)
{
	struct nl_sock *socket = nl_socket_alloc();
	int on = 1, r = 1;

	if (!socket)
		return -ENOMEM;
	if (nl_connect(socket, NETLINK_ROUTE) == 0) {
		/* Before 4.20 there is no filter, and every route is looked at here. */
		(void)setsockopt(nl_socket_get_fd(socket), SOL_NETLINK, NETLINK_GET_STRICT_CHK, &on,
				 sizeof(on));
		nl_socket_modify_cb(socket, NL_CB_VALID, NL_CB_CUSTOM, take_route, interface);
		r = read_routes(socket, interface, AF_INET);
		if (r == 0)
			r = read_routes(socket, interface, AF_INET6);
	}
	nl_socket_free(socket);
	return r;
}

/* Returns 0, -ENOMEM, or 1 where the kernel did not answer. */
static int read_interface(struct interface *interface)
{
	struct nl_sock *socket = nl_socket_alloc();
	int r = 1;

	if (!socket)
		return -ENOMEM;
	if (nl_connect(socket, NETLINK_ROUTE) == 0) {
		r = read_link(socket, interface);
		if (r == 0)
			r = read_addresses(socket, interface);
	}
	nl_socket_free(socket);
	for (interface->asked = 0; r == 0 && interface->asked < interface->n_indexes;
	     interface->asked++) {
		interface->has_route = false;
		r = read_all_routes(interface);
	}
	if (r == 0 && interface->has_address &&
	    (!interface->source->files || !interface->source->files->complete))
		r = in_use_addf(interface->list, IN_USE_NOT_MEASURED, "/proc/PID/fd",
				"whether %s carries a session could not be seen", interface->name);
	return r;
}

/* An interface that was moved to another network namespace is not shown here. */
static int note_none(const struct in_use_source *source, struct in_use_list *list)
{
	if (!source->root->live || in_use_base_class(source->device) != CLASS_NETWORK ||
	    !in_use_has_host_driver(source->device))
		return 0;
	return in_use_addf(list, IN_USE_NOT_MEASURED, NET,
			   "no interface of %s can be seen: another network namespace may have it",
			   source->device->driver.text);
}

int in_use_read_net(const struct in_use_source *source, struct in_use_list *list)
{
	unsigned int base_class = in_use_base_class(source->device);
	struct session_list sessions = {0};
	struct name_list names = {0};
	int r = class_devices_below(source->root, "net", &source->device->address, &names);

	if (r < 0 && r != -ENOMEM)
		r = base_class == CLASS_NETWORK || base_class == 0xff
			    ? in_use_list_add(list, IN_USE_NOT_MEASURED,
					      "the network interfaces could not be listed", NET)
			    : 0;
	else if (r == 0 && names.n_names == 0)
		r = note_none(source, list);
	if (r == 0 && names.n_names > 0 && source->root->live)
		r = session_list_read(source, &sessions);
	for (size_t i = 0; i < names.n_names && r == 0; i++) {
		struct interface interface = {.source = source,
					      .name = names.names[i],
					      .sessions = &sessions,
					      .list = list};

		r = source->root->live ? read_interface(&interface) : 1;
		if (r == 1)
			r = in_use_addf(list, IN_USE_NOT_MEASURED, NET,
					"the state of %s could not be read", names.names[i]);
	}
	free(sessions.sessions);
	name_list_release(&names);
	return r;
}
