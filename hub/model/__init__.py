"""The canonical records: what every system's documents become and are made from."""

from __future__ import annotations

from hub.model.address import Address, AddressKind
from hub.model.customer import Consent, ConsentState, Customer, Reference
from hub.model.field import Attribute, Model
from hub.model.inventory import InventoryLevel
from hub.model.money import Money
from hub.model.order import (
    Cancellation,
    Discount,
    DiscountAllocation,
    Dispute,
    DisputeKind,
    Fee,
    FulfillmentStatus,
    Hold,
    LineKind,
    LineSource,
    Order,
    OrderKind,
    OrderLine,
    OrderRefund,
    OrderStatus,
    PaymentStatus,
    Presentment,
    ShippingLine,
    TaxLine,
    Transaction,
    TransactionKind,
    TransactionStatus,
)
from hub.model.product import Choice, Option, Product, ProductKind, ProductStatus, Variant
from hub.model.refund import Adjustment, Refund, RefundLine, Restock
from hub.model.shipment import Parcel, Shipment, ShipmentLine, ShipmentStatus, TrackingEvent, may_become

__all__ = [
    "ENTITIES",
    "Address",
    "AddressKind",
    "Adjustment",
    "Attribute",
    "Cancellation",
    "Choice",
    "Consent",
    "ConsentState",
    "Customer",
    "Discount",
    "DiscountAllocation",
    "Dispute",
    "DisputeKind",
    "Fee",
    "FulfillmentStatus",
    "Hold",
    "InventoryLevel",
    "LineKind",
    "LineSource",
    "Model",
    "Money",
    "Option",
    "Order",
    "OrderKind",
    "OrderLine",
    "OrderRefund",
    "OrderStatus",
    "Parcel",
    "PaymentStatus",
    "Presentment",
    "Product",
    "ProductKind",
    "ProductStatus",
    "Reference",
    "Refund",
    "RefundLine",
    "Restock",
    "Shipment",
    "ShipmentLine",
    "ShipmentStatus",
    "ShippingLine",
    "TaxLine",
    "TrackingEvent",
    "Transaction",
    "TransactionKind",
    "TransactionStatus",
    "Variant",
    "may_become",
]

ENTITIES: dict[str, type[Model]] = {
    "customer": Customer,
    "product": Product,
    "inventory": InventoryLevel,
    "order": Order,
    "refund": Refund,
    "shipment": Shipment,
}
