"""AWS on one machine: LocalStack, moto's ECS, and what plays Scheduler and Fargate.

Product code never imports it.
"""
